// From the points of a collection to the metric data of OpenTelemetry's SDK.
import { type HrTime, ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type MetricDescriptor,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics'

import type { Metric } from '../table.ts'
import { VERSION } from '../version.ts'
import type { MetricPoints, Point } from './points.ts'

type Scope = ScopeMetrics['scope']

/** The instrumentation scope of every metric whose row names no other. The schema is that of the names under `system.`. */
export const SCOPE: Scope = {
  name: '@ena-otel/metrics',
  version: VERSION,
  schemaUrl: 'https://opentelemetry.io/schemas/1.44.0',
}

/**
 * The points as metric data of the SDK, by scope, with one entry per metric.
 *
 * @param temporality of counters; a sum that is not monotonic is always cumulative (OpenTelemetry specification, "Metrics Exporter - OTLP")
 */
export function toScopeMetrics(metrics: readonly MetricPoints[], temporality: 'cumulative' | 'delta'): ScopeMetrics[] {
  return Array.from(
    Map.groupBy(metrics, ({ metric }) => metric.scope),
    ([name, ofScope]) => ({
      scope: name === undefined ? SCOPE : { name, version: VERSION },
      metrics: ofScope.map((one) => toMetricData(one, TEMPORALITY[temporality])),
    }),
  )
}

const TEMPORALITY = { cumulative: AggregationTemporality.CUMULATIVE, delta: AggregationTemporality.DELTA } as const

function toMetricData({ metric, points }: MetricPoints, temporality: AggregationTemporality): MetricData {
  const descriptor = descriptorOf(metric)
  const dataPoints = points.map(toDataPoint)
  const { CUMULATIVE } = AggregationTemporality
  const { SUM, GAUGE } = DataPointType
  if (metric.kind === 'counter')
    return { descriptor, aggregationTemporality: temporality, dataPointType: SUM, isMonotonic: true, dataPoints }
  if (metric.kind === 'updowncounter')
    return { descriptor, aggregationTemporality: CUMULATIVE, dataPointType: SUM, isMonotonic: false, dataPoints }
  return { descriptor, aggregationTemporality: CUMULATIVE, dataPointType: GAUGE, dataPoints }
}

const descriptors = new WeakMap<Metric, MetricDescriptor>()

/** The same object for a metric each time, so that an encoder can remember what it made of it. */
function descriptorOf(metric: Metric): MetricDescriptor {
  const known = descriptors.get(metric)
  if (known) return known
  const { name, description, unit } = metric
  const valueType = metric.valueType === 'double' ? ValueType.DOUBLE : ValueType.INT
  const descriptor = { name, description, unit, valueType }
  descriptors.set(metric, descriptor)
  return descriptor
}

function toDataPoint({ attributes, startTime, time, value }: Point): DataPoint<number> {
  return { attributes, startTime: startHrTime(startTime), endTime: endHrTime(time), value }
}

/** From whole milliseconds since the epoch. Most points of a collection share their times, so the last one is kept. */
function hrTimeOfMs(): (ms: number) => HrTime {
  let last = Number.NaN
  let hrTime: HrTime = [0, 0]
  return (ms) => {
    const seconds = Math.floor(ms / 1000)
    if (ms !== last) hrTime = [seconds, (ms - seconds * 1000) * 1_000_000]
    last = ms
    return hrTime
  }
}

const startHrTime = hrTimeOfMs()
const endHrTime = hrTimeOfMs()

/** The last point of each series: a pull exporter would print several as duplicates. */
export function lastPoints({ metric, points }: MetricPoints): MetricPoints {
  const last = new Map<string, Point>()
  for (const point of points) last.set(JSON.stringify(point.attributes), point)
  return { metric, points: [...last.values()] }
}
