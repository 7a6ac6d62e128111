// The series that are exported, each held once: a metric with its attributes. Their number is limited.
import type { Attributes } from '@opentelemetry/api'

import type { Rank, StreamMetric } from './stream-metric.ts'

/** Times are milliseconds since the epoch. */
export interface StreamPoint {
  readonly startTime: number
  readonly time: number
  readonly value: number
  /** The first of its stream, or the first after a reset. Only for cumulative, monotonic sums. */
  readonly begins: boolean
}

/** A metric with its attributes: a stream of OpenTelemetry's data model. Times are milliseconds since the epoch. */
export interface Stream {
  readonly metric: StreamMetric
  readonly attributes: Attributes
  /** When it last had a point. */
  usedTime: number
  /** Start time of its last point; `undefined` before the first. */
  lastStart: number | undefined
  /** Time of its last point; -Infinity before the first. */
  lastTime: number
  /** Of deltas: what was added while the clock was behind the last point. It is part of the next point. */
  held: number
  /** The last point that was sent; `undefined` before the first. */
  sent: StreamPoint | undefined
  /** The last point that was held back since then, because nothing had changed. */
  quiet: StreamPoint | undefined
}

export interface Streams {
  /** The stream, known or new; `undefined` when the limit is reached and no other stream makes room. */
  readonly find: (metric: StreamMetric, attributes: Attributes, time: number) => Stream | undefined
  /** Forgets streams that have ended. Does so at most once in an export interval, however often it is called. */
  readonly tidy: (time: number) => void
  readonly count: () => number
  /**
   * The series that were not exported in the last two to four export intervals, and the names of their metrics. In a shorter time there may
   * have been early exports only, which cut nothing.
   */
  readonly cut: () => { readonly count: number; readonly names: readonly string[] }
}

/** A series without a point for this long, and for three exports, has ended: its pod or interface is gone. */
const FORGET_MS = 300_000

/**
 * @param maxSeries how many streams there may be
 * @param exportInterval milliseconds
 */
export function createStreams(maxSeries: number, exportInterval: number): Streams {
  const forgetMs = Math.max(FORGET_MS, 3 * exportInterval)
  /** By rank and key. */
  const known = [new Map<string, Stream>(), new Map<string, Stream>(), new Map<string, Stream>()] as const
  const count = (): number => known.reduce((sum, { size }) => sum + size, 0)
  /** Keys and metric names of the series that were cut: in these two intervals, and in the two before. */
  let cut = new Map<string, string>()
  let cutBefore: ReadonlyMap<string, string> = new Map()
  let tidiedTime: number | undefined
  let tidied = 0

  /** Removes the least important stream, so that an allowance is never cut in favour of a queue's statistic. */
  const makeRoom = (rank: Rank): boolean => {
    for (const streams of known.slice(rank + 1).toReversed()) {
      for (const [key, { metric }] of streams) {
        streams.delete(key)
        cut.set(key, metric.data.descriptor.name)
        return true
      }
    }
    return false
  }

  return {
    count,
    cut: () => {
      const all = new Map([...cutBefore, ...cut])
      return { count: all.size, names: [...new Set(all.values())] }
    },
    tidy: (time) => {
      const passed = tidiedTime === undefined ? exportInterval : time - tidiedTime
      // Negative where the clock was set back.
      if (passed >= 0 && passed < exportInterval) return
      tidiedTime = time
      if (tidied++ % 2 === 0) {
        cutBefore = cut
        cut = new Map()
      }
      for (const streams of known) {
        for (const [key, stream] of streams) {
          // The machine slept or the clock was set: no series could have a point in that time.
          stream.usedTime += Math.max(0, passed - 2 * exportInterval)
          if (time - stream.usedTime > forgetMs) streams.delete(key)
        }
      }
    },
    find: (metric, attributes, time) => {
      const { rank, id, data } = metric
      const key = `${id} ${JSON.stringify(attributes)}`
      const there = known[rank].get(key)
      if (!there && count() >= maxSeries && !makeRoom(rank)) {
        cut.set(key, data.descriptor.name)
        return undefined
      }
      const stream = there ?? newStream(metric, attributes, time)
      if (!there) known[rank].set(key, stream)
      stream.usedTime = time
      return stream
    },
  }
}

/** A stream without a point. */
export function newStream(metric: StreamMetric, attributes: Attributes, usedTime: number): Stream {
  const none = { lastStart: undefined, lastTime: -Infinity, held: 0, sent: undefined, quiet: undefined }
  return { metric, attributes, usedTime, ...none }
}
