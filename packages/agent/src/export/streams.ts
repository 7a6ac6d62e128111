// The series that are exported, each held once: a metric with its attributes. Their number is limited.
import type { Attributes } from '@opentelemetry/api'

import type { Rank, StreamMetric } from './stream-metric.ts'

/** A metric with its attributes: a stream of OpenTelemetry's data model. Times are milliseconds since the epoch. */
export interface Stream {
  readonly metric: StreamMetric
  readonly attributes: Attributes
  /** When it last had a point. */
  usedTime: number
  /** Start time of its last point; `undefined` before the first. */
  lastStart: number | undefined
  /** How many of its points are queued. While there are any, a series that comes back is the same stream. */
  waiting: number
}

export interface Streams {
  /** The stream, known or new; `undefined` when the limit is reached and no other stream makes room. */
  readonly find: (metric: StreamMetric, attributes: Attributes, time: number) => Stream | undefined
  /** Forgets streams that have ended. Does so at most once in an export interval, however often it is called. */
  readonly tidy: (time: number) => void
  readonly count: () => number
  /** The series that were not exported in the last one or two export intervals. */
  readonly cut: () => Cut
}

export interface Cut {
  readonly count: number
  /** The names of their metrics. */
  readonly names: readonly string[]
}

/** A series without a point for this long, and for three exports, has ended: its pod or interface is gone. */
const FORGET_MS = 300_000

/**
 * @param maxSeries how many streams there may be
 * @param exportInterval milliseconds
 */
export function createStreams(maxSeries: number, exportInterval: number): Streams {
  const forgetMs = Math.max(FORGET_MS, 3 * exportInterval)
  const known = new Map<string, Stream>()
  /** Forgotten streams that still have queued points. */
  const ended = new Map<string, Stream>()
  /** Keys and metric names of the series that were cut: in this interval, and in the one before. */
  let cut = new Map<string, string>()
  let cutBefore: ReadonlyMap<string, string> = new Map()
  let tidiedTime: number | undefined
  /** How many of `known` have each rank. Without it, each search for room would visit all streams. */
  const held: Record<Rank, number> = { 0: 0, 1: 0, 2: 0 }

  /** Removes the least important stream, so that an allowance is never cut in favour of a queue's statistic. */
  const makeRoom = (rank: Rank): boolean => {
    const least = rank < 2 && held[2] > 0 ? 2 : rank < 1 && held[1] > 0 ? 1 : undefined
    if (least === undefined) return false
    for (const [key, stream] of known) {
      if (stream.metric.rank !== least) continue
      forget(key, stream)
      cut.set(key, stream.metric.descriptor.name)
      return true
    }
    return false
  }

  const forget = (key: string, stream: Stream): void => {
    known.delete(key)
    held[stream.metric.rank]--
    ended.set(key, stream)
  }

  const add = (key: string, metric: StreamMetric, attributes: Attributes, time: number): Stream => {
    const stream = ended.get(key) ?? { metric, attributes, usedTime: time, lastStart: undefined, waiting: 0 }
    stream.usedTime = time
    ended.delete(key)
    known.set(key, stream)
    held[metric.rank]++
    return stream
  }

  return {
    count: () => known.size,
    cut: () => {
      const all = new Map([...cutBefore, ...cut])
      return { count: all.size, names: [...new Set(all.values())] }
    },
    tidy: (time) => {
      const passed = tidiedTime === undefined ? exportInterval : time - tidiedTime
      // Negative where the clock was set back.
      if (passed >= 0 && passed < exportInterval) return
      tidiedTime = time
      cutBefore = cut
      cut = new Map()
      // The machine slept or the clock was set: no series could have a point in that time.
      if (passed > forgetMs) for (const stream of known.values()) stream.usedTime += passed
      for (const [key, stream] of known) if (time - stream.usedTime > forgetMs) forget(key, stream)
      for (const [key, { waiting }] of ended) if (waiting === 0) ended.delete(key)
    },
    find: (metric, attributes, time) => {
      const key = `${metric.id} ${JSON.stringify(attributes)}`
      const there = known.get(key)
      if (there) {
        there.usedTime = time
        return there
      }
      if (known.size >= maxSeries && !makeRoom(metric.rank)) {
        cut.set(key, metric.descriptor.name)
        return undefined
      }
      return add(key, metric, attributes, time)
    },
  }
}
