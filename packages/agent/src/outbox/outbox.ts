// The queue between sampling and the network: what was not taken yet waits here, oldest first, within bounds of size and age.
import type { Clock } from '../clock.ts'
import type { Counts } from '../counts.ts'
import type { MetricPoints } from '../metrics/points.ts'
import { type Batch, carryDeltas, createBatch, type NewPoint, sizeOf, thinDeltas, thinTotals } from './batch.ts'
import { rankOf, type Scope, type Streams } from './streams.ts'

export interface Outbox {
  /** Adds what was measured. Makes room for it, if need be, at the cost of what is oldest. */
  readonly put: (scope: Scope, metrics: readonly MetricPoints[]) => void
  /** The oldest points, about so many, whole batches; empty when there are none. They stay until `done`. */
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

export function createOutbox(
  { queueSize, queueAge, temporality }: OutboxOptions,
  streams: Streams,
  counts: Counts,
  clock: Pick<Clock, 'now'>,
): Outbox {
  const isDelta = temporality === 'delta'
  const thin = isDelta ? thinDeltas : thinTotals
  const queue: Batch[] = []
  /** Of all that waits: how many points, how many bytes. */
  const held = { points: 0, size: 0 }
  /** How many of the oldest are under way: nothing is done to them. */
  let underWay = 0

  const replace = (at: number, removed: number, ...added: readonly Batch[]): void => {
    for (const batch of queue.splice(at, removed, ...added)) {
      held.points -= batch.streams.length
      held.size -= sizeOf(batch)
    }
    for (const batch of added) {
      held.points += batch.streams.length
      held.size += sizeOf(batch)
    }
  }

  const drop = (reason: 'age' | 'size'): void => {
    const old = queue[underWay]!
    counts.droppedPoints[reason] += old.streams.length
    if (isDelta) replace(underWay, 2, carryDeltas(old, queue[underWay + 1]!))
    else replace(underWay, 1)
  }

  /** The newest batch is never dropped: it is the state of things. */
  const hasOld = (): boolean => queue.length - underWay > 1

  const keepBounds = (): void => {
    const oldest = clock.now() - queueAge
    while (hasOld() && queue[underWay]!.newest < oldest) drop('age')
    for (let i = underWay; held.size > queueSize && i < queue.length; i++) {
      const batch = queue[i]!
      if (batch.isThin) continue
      const thinned = thin(batch)
      counts.thinnedPoints += batch.streams.length - thinned.streams.length
      replace(i, 1, thinned)
    }
    while (held.size > queueSize && hasOld()) drop('size')
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
          const begins = metric.kind === 'counter' && startTime !== stream.lastStart
          stream.lastStart = startTime
          found.push({ stream, startTime, time: pointTime, value, begins })
        }
      }
      for (let i = 0; i < found.length; i += BATCH_POINTS)
        replace(queue.length, 0, createBatch(found.slice(i, i + BATCH_POINTS)))
      keepBounds()
    },
    take: (most) => {
      keepBounds()
      let taken = 0
      underWay = 0
      while (underWay < queue.length) {
        taken += queue[underWay]!.streams.length
        if (underWay > 0 && taken > most) break
        underWay++
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
