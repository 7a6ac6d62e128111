// The queue between sampling and the network: what was not taken yet waits here, oldest first, within bounds of size and age.
import type { Clock } from '@ena-otel/metrics/src/sampling/clock.ts'
import type { Counts } from '@ena-otel/metrics/src/sampling/counts.ts'
import type { MetricPoints } from '@ena-otel/metrics/src/points/points.ts'
import {
  type Batch,
  carryDeltas,
  createBatch,
  mergeDeltas,
  mergeTotals,
  neededOf,
  type NewPoint,
  POINT_BYTES,
  pointsOf,
  sizeOf,
  split,
  withEnded,
  withNeeded,
} from './batch.ts'
import { rankOf, type Scope, type Stream, type Streams } from './streams.ts'

export interface Outbox {
  /** Adds what was measured. Makes room for it, if need be, at the cost of what is oldest. */
  readonly put: (scope: Scope, metrics: readonly MetricPoints[]) => void
  /** The oldest points, so many or a few more, whole batches; empty when there are none. They stay until `done`. */
  readonly take: (most: number) => readonly Batch[]
  /** What was taken last needs not be kept any longer. */
  readonly done: () => void
  /** What was taken last was not delivered: it is the oldest again. */
  readonly back: () => void
  readonly waiting: () => Waiting
}

export interface Waiting {
  readonly points: number
  /** Bytes. */
  readonly size: number
  /** How old the newest point of the oldest batch is, milliseconds; 0 when nothing waits. */
  readonly age: number
}

export interface OutboxOptions {
  /** Bytes. The newest batch is kept even where it is larger. */
  readonly queueSize: number
  /** Milliseconds. */
  readonly queueAge: number
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory'
}

/** Of a larger export several batches are made, each small enough for a request. */
const BATCH_POINTS = 2_000

function inBatches(points: readonly NewPoint[], since?: number): readonly Batch[] {
  const batches: Batch[] = []
  for (let i = 0; i < points.length; i += BATCH_POINTS)
    batches.push(createBatch(points.slice(i, i + BATCH_POINTS), since))
  return batches
}

export function createOutbox(
  { queueSize, queueAge, temporality }: OutboxOptions,
  streams: Streams,
  counts: Counts,
  clock: Pick<Clock, 'now'>,
): Outbox {
  const isDelta = temporality === 'delta'
  const merge = isDelta ? mergeDeltas : mergeTotals
  const queue: Batch[] = []
  /** Of all that waits: how many points, how many bytes. */
  const held = { points: 0, size: 0 }
  /** How many of the oldest are under way: nothing is done to them. */
  let underWay = 0

  const replace = (at: number, removed: number, ...added: readonly Batch[]): void => {
    for (const batch of queue.splice(at, removed, ...added)) {
      held.points -= batch.streams.length
      held.size -= sizeOf(batch)
      for (const stream of batch.streams) stream.waiting--
    }
    for (const batch of added) {
      held.points += batch.streams.length
      held.size += sizeOf(batch)
      for (const stream of batch.streams) stream.waiting++
    }
  }

  const drop = (reason: 'age' | 'size'): void => {
    const old = queue[underWay]!
    if (isDelta) {
      const before = held.points
      replace(underWay, 2, carryDeltas(old, queue[underWay + 1]!))
      if (reason === 'size') giveUpEndedDeltas()
      counts.droppedPoints[reason] += before - held.points
      return
    }
    counts.droppedPoints[reason] += old.streams.length
    replace(underWay, 1)
    carryTotals(old, reason)
  }

  /** A reset is not forgotten with the batch that it was in, nor the last word of a series that has ended. */
  const carryTotals = (old: Batch, reason: 'age' | 'size', next = underWay): void => {
    const needed = neededOf(old)
    const before = held.points
    for (let i = next; i < queue.length && needed.size > 0; i++) {
      const batch = withNeeded(queue[i]!, needed)
      if (batch !== queue[i]) replace(i, 1, batch)
    }
    if (reason === 'size') giveUpEnded(needed)
    const last = queue.at(-1)!
    replace(queue.length - 1, 1, withEnded(last, needed))
    for (const stream of needed.keys()) stream.carriedTime = last.newest - 1
    counts.droppedPoints[reason] -= held.points - before
  }

  /** Series that come and go for as long as an outage lasts would outgrow the queue: the first that are gone are given up. */
  const giveUpEnded = (needed: Map<Stream, readonly NewPoint[]>): void => {
    let over = held.size - queueSize
    for (const { length } of needed.values()) over += length * POINT_BYTES
    for (const [stream, { length }] of needed) {
      if (over <= 0) return
      if (streams.has(stream)) continue
      needed.delete(stream)
      over -= length * POINT_BYTES
    }
  }

  const giveUpEndedDeltas = (): void => {
    let over = held.size - queueSize
    const batch = queue[underWay]!
    const kept = [...pointsOf(batch)].filter(({ stream }) => {
      if (over <= 0 || streams.has(stream)) return true
      over -= POINT_BYTES
      return false
    })
    if (kept.length < batch.streams.length) replace(underWay, 1, ...inBatches(kept, batch.since))
  }

  /** The newest batch is never dropped: it is the state of things. */
  const hasOld = (): boolean => queue.length - underWay > 1

  /** A long export begins before what it ends with: of totals its old points go, too, as a store would refuse them. */
  const trim = (oldest: number): void => {
    if (isDelta) return
    for (let i = underWay; i < queue.length; i++) {
      const batch = queue[i]!
      if (batch.oldest >= oldest || batch.newest < oldest) continue
      const [old, young] = split(batch, oldest)
      counts.droppedPoints.age += old.streams.length
      replace(i, 1, young)
      carryTotals(old, 'age', i)
    }
  }

  /**
   * The two neighbours that lie closest together for their age: what is older gets coarser, and what has just happened stays as it is. Not
   * the newest.
   */
  const toMerge = (now: number): number | undefined => {
    let closest: number | undefined
    let least = Infinity
    for (let i = underWay; i < queue.length - 2; i++) {
      const { since } = queue[i]!
      const span = (queue[i + 1]!.newest - since) / (now - since + 1)
      if (span < least) [closest, least] = [i, span]
    }
    return closest
  }

  const keepBounds = (): void => {
    const now = clock.now()
    const oldest = now - queueAge
    while (hasOld() && queue[underWay]!.newest < oldest) drop('age')
    trim(oldest)
    while (held.size > queueSize && hasOld()) {
      const at = toMerge(now)
      if (at === undefined) {
        drop('size')
        continue
      }
      const [one, other] = [queue[at]!, queue[at + 1]!]
      const merged = merge(one, other)
      counts.thinnedPoints += one.streams.length + other.streams.length - merged.streams.length
      replace(at, 2, merged)
    }
  }

  return {
    put: (scope, metrics) => {
      const time = clock.now()
      const found: NewPoint[] = []
      const byRank = [...metrics].sort((a, b) => rankOf(a.metric) - rankOf(b.metric))
      for (const { metric, points: measured } of byRank) {
        for (const { attributes, startTime, time: pointTime, value } of measured) {
          const stream = streams.find(scope, metric, attributes, time)
          if (!stream) continue
          const begins = !isDelta && metric.kind === 'counter' && startTime !== stream.lastStart
          stream.lastStart = startTime
          // An early export has not all series: the next whole one may bring what was before it.
          const ownTime = Math.max(pointTime, stream.carriedTime + 1)
          if (ownTime > pointTime) stream.carriedTime = ownTime
          found.push({ stream, startTime, time: ownTime, value, begins })
        }
      }
      replace(queue.length, 0, ...inBatches(found))
      keepBounds()
    },
    take: (most) => {
      keepBounds()
      let taken = 0
      underWay = 0
      for (; underWay < queue.length && (underWay === 0 || taken < most); underWay++) {
        const batch = queue[underWay]!
        // What was made one may be more than a request holds.
        if (batch.streams.length > BATCH_POINTS) replace(underWay, 1, ...inBatches([...pointsOf(batch)], batch.since))
        taken += queue[underWay]!.streams.length
      }
      return queue.slice(0, underWay)
    },
    done: () => {
      replace(0, underWay)
      underWay = 0
    },
    back: () => {
      underWay = 0
    },
    waiting: () => {
      const [oldest] = queue
      return { ...held, age: oldest ? Math.max(0, clock.now() - oldest.newest) : 0 }
    },
  }
}
