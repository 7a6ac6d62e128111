// Between the SDK's metric data and the queue: data points become queued points, and batches become the data of one request.
import type { HrTime } from '@opentelemetry/api'
import { hrTimeToMilliseconds, type InstrumentationScope, millisToHrTime } from '@opentelemetry/core'
import type { Resource } from '@opentelemetry/resources'
import type { DataPoint, ResourceMetrics } from '@opentelemetry/sdk-metrics'

import { type SumOrGauge, sumOrGauge } from '../otlp/metrics-serializer.ts'
import { type Batch, pointsOf, type QueuedPoint } from './batch.ts'
import type { StreamMetric } from './stream-metric.ts'
import type { Stream, Streams } from './streams.ts'

/**
 * The data points of all metrics, without those of series over the limit. Times are rounded to milliseconds.
 *
 * @param now milliseconds since the epoch
 * @throws TypeError for a metric that is neither a sum nor a gauge
 */
export function pointsToQueue(
  { scopeMetrics }: Pick<ResourceMetrics, 'scopeMetrics'>,
  metricOf: (scope: InstrumentationScope, data: SumOrGauge) => StreamMetric,
  streams: Streams,
  now: number,
): readonly QueuedPoint[] {
  const points: QueuedPoint[] = []
  const all = scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.map(sumOrGauge).map((data) => ({ metric: metricOf(scope, data), dataPoints: data.dataPoints })),
  )
  // At the limit of series, what comes first is kept.
  for (const { metric, dataPoints } of all.sort((a, b) => a.metric.rank - b.metric.rank)) {
    for (const point of dataPoints) {
      const stream = streams.find(metric, point.attributes, now)
      const queued = stream && queuedPoint(stream, point)
      if (queued) points.push(queued)
    }
  }
  return points
}

/**
 * The SDK's own instruments keep their start time when the wall clock is set back. A start time moves back to before its point then, and
 * stays there; deltas wait until the clock has passed the last one, so that no two overlap (`undefined`).
 */
function queuedPoint(stream: Stream, { startTime, endTime, value }: DataPoint<number>): QueuedPoint | undefined {
  const { merging } = stream.metric
  const time = Math.round(hrTimeToMilliseconds(endTime))
  let startMs = Math.round(hrTimeToMilliseconds(startTime))
  let added = value
  if (merging === 'add') {
    added += stream.held
    const isBehind = time < stream.lastTime
    stream.held = isBehind ? added : 0
    if (isBehind) return undefined
    startMs = Math.max(startMs, stream.lastTime)
  }
  if (startMs > time) startMs = Math.min(time - 1, stream.lastStart ?? Infinity)
  const begins = merging === 'keep resets' && startMs !== stream.lastStart
  stream.lastStart = startMs
  stream.lastTime = time
  return { stream, startTime: startMs, time, value: added, begins }
}

/** One request. Attributes and descriptors are the streams' own objects, the same in each request, so an encoder can cache by identity. */
export function resourceMetricsOf(batches: readonly Batch[], resource: Resource): ResourceMetrics {
  const byMetric = new Map<StreamMetric, DataPoint<number>[]>()
  const hrTime = cachedHrTime()
  for (const batch of batches) {
    for (const { stream, startTime, time, value } of pointsOf(batch)) {
      const { metric, attributes } = stream
      const points = byMetric.get(metric) ?? []
      if (points.length === 0) byMetric.set(metric, points)
      points.push({ attributes, startTime: hrTime(startTime), endTime: hrTime(time), value })
    }
  }
  const byScope = Map.groupBy(byMetric, ([{ scope }]) => scope)
  const scopeMetrics = [...byScope].map(([scope, metrics]) => ({
    scope,
    metrics: metrics.map(([{ data }, dataPoints]) => ({ ...data, dataPoints })),
  }))
  return { resource, scopeMetrics }
}

/** Most points of a request share a few times. */
function cachedHrTime(): (ms: number) => HrTime {
  const known = new Map<number, HrTime>()
  return (ms) => {
    const hrTime = known.get(ms) ?? millisToHrTime(ms)
    known.set(ms, hrTime)
    return hrTime
  }
}
