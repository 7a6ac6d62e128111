// The series that are sent, each known once: a metric under its attributes. Their number is bounded.
import type { Attributes } from '../metrics/points.ts'
import { type Metric, METRICS } from '../metrics/table.ts'

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
}

export interface Streams {
  /** The stream, known already or new; `undefined` where there is no room for it. */
  readonly find: (scope: Scope, metric: Metric, attributes: Attributes, time: number) => Stream | undefined
  /** Forgets those that had no point for some time, and which were left out. */
  readonly tidy: (time: number) => void
  readonly count: () => number
  /** How many were left out since `tidy`, and the names of their metrics. */
  readonly cut: () => Cut
}

export interface Cut {
  readonly count: number
  readonly names: readonly string[]
}

/** A series without a point for so long is no more: its pod or its interface is gone. */
const FORGET_MS = 300_000

/** What was asked for: driver statistics, the names of other exporters. It makes room for what is always there. */
export function isOptional({ name }: Metric): boolean {
  return !ALWAYS.has(name) && !name.startsWith('ena_otel.')
}

const ALWAYS: ReadonlySet<string> = new Set(
  METRICS.map(({ name }) => name).filter((name) => !name.startsWith('ethtool.statistic')),
)

/** @param most how many there may be */
export function createStreams(most: number): Streams {
  const known = new Map<string, Stream>()
  const left = new Map<string, string>()

  /** An allowance is never left out for the statistic of a queue. */
  const makeRoom = (): boolean => {
    for (const [key, { metric }] of known) {
      if (!isOptional(metric)) continue
      known.delete(key)
      left.set(key, metric.name)
      return true
    }
    return false
  }

  return {
    count: () => known.size,
    cut: () => ({ count: left.size, names: [...new Set(left.values())] }),
    tidy: (time) => {
      left.clear()
      for (const [key, { usedTime }] of known) if (time - usedTime > FORGET_MS) known.delete(key)
    },
    find: (scope, metric, attributes, time) => {
      const key = `${metric.name} ${JSON.stringify(attributes)}`
      const there = known.get(key)
      if (there) {
        there.usedTime = time
        return there
      }
      if (known.size >= most && (isOptional(metric) || !makeRoom())) {
        left.set(key, metric.name)
        return undefined
      }
      const stream: Stream = { scope, metric, attributes, usedTime: time, lastStart: Number.NaN }
      known.set(key, stream)
      return stream
    },
  }
}
