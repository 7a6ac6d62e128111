// A store that receives the points: Prometheus by remote write, which ignores start times, or one that adds up deltas.
import type { Metric } from '../../src/table.ts'
import type { MetricPoints, Point } from '../../src/points/points.ts'

export interface Store {
  readonly take: (metrics: readonly MetricPoints[]) => void
  /** The increase of a counter, over all its label sets. */
  readonly increase: (metric: string, attributes: Readonly<Record<string, string>>) => number
  /**
   * Points that such a store refuses: older than the last one of their series, or another value for its time. By OTLP, Prometheus also
   * refuses a request with a point that is older than one of an earlier request, because of `target_info`.
   */
  readonly refused: Point[]
}

interface Kept {
  readonly metric: string
  readonly attributes: Readonly<Record<string, string>>
  time: number
  value: number
  increase: number
}

/**
 * `increase()` of Prometheus over all time, without its extrapolation: adjacent samples, after a fall the value itself
 * (promql/functions.go, extrapolatedRate), the first sample of a series nothing. Or the sum of deltas.
 */
export function createStore(temporality: 'cumulative' | 'delta'): Store {
  const counters = new Map<string, Kept>()
  const gauges = new Map<string, Kept>()
  const refused: Point[] = []
  /** Time of the newest point of all requests. */
  let newest = -Infinity

  const take = ({ name: metric, kind }: Metric, point: Point): void => {
    const { attributes, startTime, time, value } = point
    const key = `${metric} ${Object.entries(attributes)
      .map(String)
      .toSorted((a, b) => a.localeCompare(b))
      .join()}`
    const series = kind === 'counter' ? counters : gauges
    const before = series.get(key)
    if (!before) {
      series.set(key, { metric, attributes, time, value, increase: temporality === 'delta' ? value : 0 })
      return
    }
    if (time < before.time || (time === before.time && value !== before.value)) return void refused.push(point)
    if (kind !== 'counter') return void Object.assign(before, { time, value })
    // Two deltas never cover the same time.
    if (temporality === 'delta' && startTime < before.time && value > 0) return void refused.push(point)
    if (temporality === 'delta') before.increase += value
    else before.increase += value >= before.value ? value - before.value : value
    before.time = time
    before.value = value
  }

  return {
    refused,
    take: (metrics) => {
      const all = metrics.flatMap(({ points }) => points)
      refused.push(...all.filter(({ time }) => time < newest))
      for (const { time } of all) newest = Math.max(newest, time)
      for (const { metric, points } of metrics) for (const point of points) take(metric, point)
    },
    increase: (metric, attributes) => {
      const wanted = Object.entries(attributes)
      let sum = 0
      for (const kept of counters.values())
        if (kept.metric === metric && wanted.every(([name, value]) => kept.attributes[name] === value))
          sum += kept.increase
      return sum
    },
  }
}
