// Between the SDK's metric data and the queue: data points become queued points, and batches become the data of one request.
import type { Attributes, HrTime } from '@opentelemetry/api'
import { hrTimeToMilliseconds, type InstrumentationScope, millisToHrTime } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import {
  type DataPoint,
  DataPointType,
  type GaugeMetricData,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'

import { type Batch, pointsOf, type QueuedPoint } from './batch.ts'
import { isOwn, type QueueableMetricData, rankOf, type StreamMetric } from './stream-metric.ts'
import type { Stream, Streams } from './streams.ts'

export interface QueueablePoints {
  readonly points: readonly QueuedPoint[]
  /** Names of metrics that can't be queued: histograms. */
  readonly unsupported: readonly string[]
}

/**
 * The data points of all sums and gauges, without those of series over the limit. Times are rounded to milliseconds.
 *
 * @param now milliseconds since the epoch
 */
export function pointsToQueue(
  { scopeMetrics }: Pick<ResourceMetrics, 'scopeMetrics'>,
  metricOf: (scope: InstrumentationScope, data: QueueableMetricData) => StreamMetric,
  streams: Streams,
  now: number,
): QueueablePoints {
  const points: QueuedPoint[] = []
  const unsupported: string[] = []
  for (const { scope, data } of byImportance(scopeMetrics)) {
    if (data.dataPointType !== DataPointType.SUM && data.dataPointType !== DataPointType.GAUGE) {
      unsupported.push(data.descriptor.name)
      continue
    }
    const metric = metricOf(scope, data)
    for (const point of data.dataPoints) {
      const stream = streams.find(metric, point.attributes, now)
      if (stream) points.push(queuedPoint(stream, point))
    }
  }
  return { points, unsupported }
}

/** At the limit of series, what comes first is kept: metrics about the program itself, then by rank. */
function byImportance(
  scopeMetrics: readonly ScopeMetrics[],
): readonly { readonly scope: InstrumentationScope; readonly data: MetricData }[] {
  const order = ({ descriptor: { name } }: MetricData, scope: InstrumentationScope): number =>
    isOwn(name) ? -1 : rankOf(name, scope)
  return scopeMetrics
    .flatMap(({ scope, metrics }) => metrics.map((data) => ({ scope, data })))
    .sort((a, b) => order(a.data, a.scope) - order(b.data, b.scope))
}

function queuedPoint(stream: Stream, { startTime, endTime, value }: DataPoint<number>): QueuedPoint {
  const startMs = Math.round(hrTimeToMilliseconds(startTime))
  const begins = stream.metric.merging === 'keep resets' && startMs !== stream.lastStart
  stream.lastStart = startMs
  return { stream, startTime: startMs, time: Math.round(hrTimeToMilliseconds(endTime)), value, begins }
}

/** One request. Attributes and descriptors are the streams' own objects, the same in each request, so an encoder can cache by identity. */
export function resourceMetricsOf(batches: readonly Batch[], resource: Resource): ResourceMetrics {
  const byScope = new Map<InstrumentationScope, Map<StreamMetric, DataPoint<number>[]>>()
  const hrTime = cachedHrTime()
  for (const batch of batches) {
    for (const { stream, startTime, time, value } of pointsOf(batch)) {
      const { metric, attributes } = stream
      const metrics = getOrAdd(byScope, metric.scope, () => new Map<StreamMetric, DataPoint<number>[]>())
      const points = getOrAdd(metrics, metric, () => [])
      points.push(dataPoint(attributes, hrTime(startTime), hrTime(time), value))
    }
  }
  const scopeMetrics = [...byScope].map(([scope, metrics]) => ({
    scope,
    metrics: [...metrics].map(([metric, dataPoints]) => metricData(metric, dataPoints)),
  }))
  return { resource, scopeMetrics }
}

function dataPoint(attributes: Attributes, startTime: HrTime, endTime: HrTime, value: number): DataPoint<number> {
  return { attributes, startTime, endTime, value }
}

function metricData(metric: StreamMetric, dataPoints: DataPoint<number>[]): SumMetricData | GaugeMetricData {
  const { descriptor, dataPointType, temporality: aggregationTemporality, isMonotonic } = metric
  return dataPointType === DataPointType.SUM
    ? { descriptor, dataPointType, aggregationTemporality, isMonotonic, dataPoints }
    : { descriptor, dataPointType, aggregationTemporality, dataPoints }
}

/** Most points of a request share a few times. */
function cachedHrTime(): (ms: number) => HrTime {
  const known = new Map<number, HrTime>()
  return (ms) => getOrAdd(known, ms, () => millisToHrTime(ms))
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const created = create()
  map.set(key, created)
  return created
}
