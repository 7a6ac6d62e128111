// Points in OpenTelemetry's words. Knows nothing of the kernel.
import { type HrTime, ValueType } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics'

import type { MetricPoints } from '../metrics/points.ts'

/** One export: our points and, in scopes of their own, whatever else is to go with them. */
export function toResourceMetrics(
  resource: Resource,
  version: string,
  metrics: readonly MetricPoints[],
  temporality: AggregationTemporality,
  others: readonly ScopeMetrics[] = [],
): ResourceMetrics {
  const scope = { name: 'ena-otel', version }
  return {
    resource,
    scopeMetrics: [{ scope, metrics: metrics.map((points) => toMetricData(points, temporality)) }, ...others],
  }
}

function toMetricData({ metric, points }: MetricPoints, temporality: AggregationTemporality): MetricData {
  const { name, description, unit } = metric
  const valueType = points.every(({ value }) => Number.isSafeInteger(value)) ? ValueType.INT : ValueType.DOUBLE
  const descriptor = { name, description, unit, valueType }
  const dataPoints = points.map(({ attributes, startTime, time, value }) => ({
    attributes,
    startTime: toHrTime(startTime),
    endTime: toHrTime(time),
    value,
  }))
  return metric.kind === 'gauge'
    ? { descriptor, dataPointType: DataPointType.GAUGE, dataPoints, aggregationTemporality: temporality }
    : {
        descriptor,
        dataPointType: DataPointType.SUM,
        dataPoints,
        aggregationTemporality: temporality,
        isMonotonic: true,
      }
}

/** Milliseconds since the epoch as seconds and nanoseconds. */
function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
