// One ExportMetricsServiceRequest in OTLP/JSON (OTLP specification 1.x, "JSON Protobuf Encoding"): names in lowerCamelCase, enums as
// numbers, 64-bit integers as strings.
import type { Attributes, MetricPoints, Point } from '@ena-otel/metrics/src/points/points.ts'
import type { ResourceAttributes } from '@ena-otel/metrics/src/resource/attributes.ts'
import { nanoseconds, TEMPORALITY, type Temporality } from './request.ts'

/** The request's text, indented. */
export function toOtlpJson(
  resource: ResourceAttributes,
  version: string,
  metrics: readonly MetricPoints[],
  temporality: Temporality,
): string {
  const scope = { name: 'ena-otel', version }
  const scopeMetrics = [{ scope, metrics: metrics.map((one) => toMetric(one, TEMPORALITY[temporality])) }]
  const resourceMetrics = [{ resource: { attributes: toAttributes(resource) }, scopeMetrics }]
  return JSON.stringify({ resourceMetrics }, undefined, 2)
}

function toMetric({ metric: { name, description, unit, kind }, points }: MetricPoints, temporality: number): object {
  const isInteger = points.every(({ value }) => Number.isSafeInteger(value))
  const isCounter = kind === 'counter'
  const dataPoints = points.map(({ attributes, startTime, time, value }: Point) => ({
    attributes: toAttributes(attributes),
    ...(isCounter && { startTimeUnixNano: `${nanoseconds(startTime)}` }),
    timeUnixNano: `${nanoseconds(time)}`,
    ...(isInteger ? { asInt: `${value}` } : { asDouble: value }),
  }))
  const data = isCounter
    ? { sum: { dataPoints, aggregationTemporality: temporality, isMonotonic: true } }
    : { gauge: { dataPoints } }
  return { name, description, unit, ...data }
}

function toAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}
