// The series that are sent, each known once: a metric under its attributes. Their number is bounded.
import type { Attributes } from '@ena-otel/metrics/src/points/points.ts'
import { type Metric, METRICS } from '@ena-otel/metrics/src/table.ts'

/** Who measured: the node's interfaces, or the agent of itself. The name of OTLP's instrumentation scope. */
export type Scope = 'ena-otel' | 'ena-otel/agent'

/** A metric under attributes: what OpenTelemetry's data model calls a stream. */
export interface Stream {
  readonly scope: Scope
  readonly metric: Metric
  readonly attributes: Attributes
  /** When it was used last, milliseconds since the epoch. */
  usedTime: number
  /** Since when its last point counts, milliseconds since the epoch; NaN before the first. */
  lastStart: number
  /** Where its last word was moved to, milliseconds since the epoch; 0 before. What comes of it is no earlier. */
  carriedTime: number
  /** How many of its points wait in the outbox. While there are any, a series that comes back is the one it was. */
  waiting: number
}

export interface Streams {
  /** The stream, known already or new; `undefined` where there is no room for it. */
  readonly find: (scope: Scope, metric: Metric, attributes: Attributes, time: number) => Stream | undefined
  /** Forgets those that had no point for some time, and which were left out. */
  readonly tidy: (time: number) => void
  readonly count: () => number
  /** Whether it goes on, as far as is known: it has not been forgotten. */
  readonly has: (stream: Stream) => boolean
  /** How many were left out since `tidy`, and the names of their metrics. */
  readonly cut: () => Cut
}

export interface Cut {
  readonly count: number
  readonly names: readonly string[]
}

/** A series without a point for so long, and in three exports, is no more: its pod or its interface is gone. */
const FORGET_MS = 300_000

/**
 * Who makes room for whom: 0 stays; 1, the kernel's statistics without a name of their own, makes room for it; 2 is what somebody asked
 * for, driver statistics and the names of other exporters, and makes room for both.
 */
export function rankOf({ name }: Metric): Rank {
  if (name === 'ena.network.statistic') return 1
  return NATIVE.has(name) || name.startsWith('ena_otel.') ? 0 : 2
}

export type Rank = 0 | 1 | 2

const NATIVE: ReadonlySet<string> = new Set(
  METRICS.map(({ name }) => name).filter((name) => !name.startsWith('ethtool.statistic')),
)

/**
 * @param most how many there may be
 * @param exportInterval milliseconds
 */
export function createStreams(most: number, exportInterval = 0): Streams {
  const forgetMs = Math.max(FORGET_MS, 3 * exportInterval)
  const known = new Map<string, Stream>()
  const quiet = new Map<string, Stream>()
  const left = new Map<string, string>()
  let tidied = Number.NaN
  /** How many of `known` have each rank: the search for room is long where there is none. */
  const held: Record<Rank, number> = { 0: 0, 1: 0, 2: 0 }

  /** Takes the place of what matters least. An allowance is never left out for the statistic of a queue. */
  const makeRoom = (rank: Rank): boolean => {
    const least = rank < 2 && held[2] > 0 ? 2 : rank < 1 && held[1] > 0 ? 1 : undefined
    if (least === undefined) return false
    for (const [key, stream] of known) {
      if (rankOf(stream.metric) !== least) continue
      forget(key, stream)
      left.set(key, stream.metric.name)
      return true
    }
    return false
  }

  const forget = (key: string, stream: Stream): void => {
    known.delete(key)
    held[rankOf(stream.metric)]--
    quiet.set(key, stream)
  }

  return {
    count: () => known.size,
    has: (stream) => known.get(keyOf(stream.metric, stream.attributes)) === stream,
    cut: () => ({ count: left.size, names: [...new Set(left.values())] }),
    tidy: (time) => {
      left.clear()
      const since = time - tidied
      tidied = time
      // The machine slept, or the clock was set: nobody could have a point meanwhile.
      if (since > forgetMs) for (const stream of known.values()) stream.usedTime += since
      for (const [key, stream] of known) {
        if (time - stream.usedTime > forgetMs) forget(key, stream)
      }
      for (const [key, { waiting }] of quiet) if (waiting === 0) quiet.delete(key)
    },
    find: (scope, metric, attributes, time) => {
      const key = keyOf(metric, attributes)
      const there = known.get(key)
      if (there) {
        there.usedTime = time
        return there
      }
      const rank = rankOf(metric)
      if (known.size >= most && !makeRoom(rank)) {
        left.set(key, metric.name)
        return undefined
      }
      const stream = quiet.get(key) ?? {
        scope,
        metric,
        attributes,
        usedTime: time,
        lastStart: Number.NaN,
        carriedTime: 0,
        waiting: 0,
      }
      stream.usedTime = time
      quiet.delete(key)
      known.set(key, stream)
      held[rank]++
      return stream
    },
  }
}

function keyOf({ name }: Metric, attributes: Attributes): string {
  return `${name} ${JSON.stringify(attributes)}`
}
