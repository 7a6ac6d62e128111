// The SDK's ResourceMetrics as an ExportMetricsServiceRequest in OTLP/JSON (OTLP specification 1.x, "JSON Protobuf Encoding"): names in
// lowerCamelCase, enums as numbers, 64-bit integers as strings.
import { type Attributes, type AttributeValue, type HrTime, ValueType } from '@opentelemetry/api'
import { type DataPoint, DataPointType, type MetricData, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

import { isInt64 } from './attributes.ts'
import { OTLP_TEMPORALITY, sumOrGauge } from './metrics-serializer.ts'

/**
 * The request's text, on one line.
 *
 * @throws TypeError for a metric that is neither a sum nor a gauge
 */
export function toOtlpJson({ resource, scopeMetrics }: ResourceMetrics): string {
  const scopes = scopeMetrics.map(({ scope: { name, version, schemaUrl }, metrics }) => ({
    scope: { name, version },
    metrics: metrics.map(toMetric),
    schemaUrl,
  }))
  const attributes = toAttributes(resource.attributes)
  return JSON.stringify({
    resourceMetrics: [{ resource: { attributes }, scopeMetrics: scopes, schemaUrl: resource.schemaUrl }],
  })
}

function toMetric(metric: MetricData): object {
  const data = sumOrGauge(metric)
  const { name, description, unit, valueType } = data.descriptor
  const dataPoints = data.dataPoints.map((point) => toDataPoint(point, valueType))
  if (data.dataPointType === DataPointType.GAUGE) return { name, description, unit, gauge: { dataPoints } }
  const aggregationTemporality = OTLP_TEMPORALITY[data.aggregationTemporality]
  return { name, description, unit, sum: { dataPoints, aggregationTemporality, isMonotonic: data.isMonotonic } }
}

function toDataPoint({ attributes, startTime, endTime, value }: DataPoint<number>, valueType: ValueType): object {
  return {
    attributes: toAttributes(attributes),
    startTimeUnixNano: nanoseconds(startTime),
    timeUnixNano: nanoseconds(endTime),
    ...(valueType === ValueType.INT ? { asInt: int64(value) } : { asDouble: value }),
  }
}

function toAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  )
}

function anyValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return isInt64(value) ? { intValue: int64(value) } : { doubleValue: value }
  return Array.isArray(value) ? { arrayValue: { values: value.map(anyValue) } } : {}
}

function nanoseconds([seconds, nanoseconds]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds))
}

const MAX_INT64 = 2n ** 63n - 1n
const MIN_INT64 = -(2n ** 63n)

function int64(value: number): string {
  const exact = BigInt(Math.trunc(value))
  return String(exact > MAX_INT64 ? MAX_INT64 : exact < MIN_INT64 ? MIN_INT64 : exact)
}
