// The agent's own metrics as points, by a clock of the test: a MeterProvider would read the machine's.
import type { OwnMetric } from '../../packages/metrics/src/own-metrics.ts'
import type { MetricPoints, Point } from '../../packages/metrics/src/points/points.ts'

export type OwnPoints = <Source>(rows: readonly OwnMetric<Source>[], source: Source, time: number) => MetricPoints[]

/** Reads tables of own metrics. With delta temporality, a counter's point is what was added since the call before. */
export function createOwnPoints(startTime: number, temporality: 'cumulative' | 'delta'): OwnPoints {
  const last = new Map<string, Point>()
  return (rows, source, time) =>
    rows.map((metric) => ({
      metric,
      points: metric.read(source).map(([value, attributes = {}]) => {
        if (temporality === 'cumulative' || metric.kind !== 'counter') return { attributes, startTime, time, value }
        const key = `${metric.name} ${JSON.stringify(attributes)}`
        const before = last.get(key)
        last.set(key, { attributes, startTime, time, value })
        return { attributes, startTime: before?.time ?? startTime, time, value: value - (before?.value ?? 0) }
      }),
    }))
}
