// The SDK's ResourceMetrics as an ExportMetricsServiceRequest in Protocol Buffers. Field numbers: opentelemetry-proto 1.x,
// collector/metrics/v1/metrics_service.proto, metrics/v1/metrics.proto, common/v1/common.proto. Replaceable by otlp-transformer's
// ProtobufMetricsSerializer.
import { type Attributes, type AttributeValue, type HrTime, ValueType } from '@opentelemetry/api'
import type { IExportMetricsServiceResponse, ISerializer } from '@opentelemetry/otlp-transformer'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type GaugeMetricData,
  type MetricData,
  type MetricDescriptor,
  type ResourceMetrics,
  type ScopeMetrics,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'

import { partialSuccessOf } from './export-response.ts'
import { BackwardWriter } from './protobuf.ts'

/** AggregationTemporality in OTLP. */
const OTLP_TEMPORALITY: Readonly<Record<AggregationTemporality, number>> = {
  [AggregationTemporality.DELTA]: 1,
  [AggregationTemporality.CUMULATIVE]: 2,
}

/**
 * Encodes sums and gauges. Attributes and descriptors are encoded once for each object: they must not change afterwards.
 *
 * `serializeRequest` throws TypeError for a metric that is neither a sum nor a gauge, `deserializeResponse` RangeError for what is not OTLP.
 */
export const metricsSerializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse> = {
  serializeRequest: ({ resource, scopeMetrics }) => {
    const writer = new BackwardWriter()
    writeOptionalText(writer, 3, resource.schemaUrl)
    for (const scope of scopeMetrics.toReversed()) writeScope(writer, scope)
    const end = writer.length()
    writeAttributes(writer, 1, resource.attributes)
    writer.delimit(1, end) // resource
    writer.delimit(1, 0) // resource_metrics
    return writer.bytes()
  },
  deserializeResponse: partialSuccessOf,
}

function writeScope(writer: BackwardWriter, { scope, metrics }: ScopeMetrics): void {
  const end = writer.length()
  writeOptionalText(writer, 3, scope.schemaUrl)
  for (const metric of metrics.toReversed()) writeMetric(writer, metric)
  const scopeEnd = writer.length()
  writeOptionalText(writer, 2, scope.version)
  writer.text(1, scope.name)
  writer.delimit(1, scopeEnd) // scope
  writer.delimit(2, end) // scope_metrics
}

function writeMetric(writer: BackwardWriter, metric: MetricData): void {
  const data = sumOrGauge(metric)
  const end = writer.length()
  if (data.dataPointType === DataPointType.SUM) {
    if (data.isMonotonic) writer.integer(3, 1)
    writer.integer(2, OTLP_TEMPORALITY[data.aggregationTemporality])
  }
  writePoints(writer, data.dataPoints, data.descriptor.valueType)
  writer.delimit(data.dataPointType === DataPointType.SUM ? 7 : 5, end) // sum, gauge
  writer.encoded(headOf(data.descriptor))
  writer.delimit(2, end) // metrics
}

export type SumOrGauge = SumMetricData | GaugeMetricData

/** @throws TypeError when it is neither: the agent has no histograms */
export function sumOrGauge(metric: MetricData): SumOrGauge {
  const { dataPointType, descriptor } = metric
  if (dataPointType === DataPointType.SUM || dataPointType === DataPointType.GAUGE) return metric
  throw new TypeError(`${descriptor.name} is a histogram: only sums and gauges can be exported`)
}

function writePoints(writer: BackwardWriter, points: readonly DataPoint<number>[], valueType: ValueType): void {
  for (let i = points.length - 1; i >= 0; i--) {
    const { attributes, startTime, endTime, value } = points[i]!
    const end = writer.length()
    writer.encoded(attributesOf(attributes))
    if (valueType === ValueType.INT) writeInt(writer, value)
    else writer.double(4, value) // as_double
    writeTime(writer, 3, endTime)
    writeTime(writer, 2, startTime)
    writer.delimit(1, end) // data_points
  }
}

const TWO_16 = 2 ** 16
const TWO_32 = 2 ** 32
const TWO_63 = 2 ** 63
const NS_PER_S = 1_000_000_000

/** Nanoseconds since the epoch. A number does not hold them exactly, so seconds are multiplied in two halves. */
function writeTime(writer: BackwardWriter, field: number, [seconds, nanoseconds]: HrTime): void {
  const upper = Math.floor(seconds / TWO_16) * NS_PER_S
  const lower = (upper % TWO_16) * TWO_16 + (seconds % TWO_16) * NS_PER_S + nanoseconds
  writer.fixed64(field, Math.floor(upper / TWO_16) + Math.floor(lower / TWO_32), lower)
}

/** as_int. A value outside int64 becomes the nearest one inside. */
function writeInt(writer: BackwardWriter, value: number): void {
  if (value >= TWO_63) writer.fixed64(6, 0x7fff_ffff, 0xffff_ffff)
  else if (value < -TWO_63) writer.fixed64(6, 0x8000_0000, 0)
  else {
    const whole = Math.trunc(value)
    writer.fixed64(6, Math.floor(whole / TWO_32), whole)
  }
}

/** `KeyValue { key = 1, AnyValue value = 2 }` for each attribute; an attribute without a value is left out. */
function writeAttributes(writer: BackwardWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes).toReversed()) {
    if (value === undefined) continue
    const end = writer.length()
    writeAnyValue(writer, 2, value)
    writer.text(1, key)
    writer.delimit(field, end)
  }
}

/** `AnyValue { string_value = 1, bool_value = 2, int_value = 3, double_value = 4, array_value = 5 }`; anything else is an empty AnyValue. */
function writeAnyValue(writer: BackwardWriter, field: number, value: AttributeValue): void {
  const end = writer.length()
  if (typeof value === 'string') writer.text(1, value)
  else if (typeof value === 'boolean') writer.integer(2, Number(value))
  else if (typeof value === 'number' && isInt64(value)) writer.integer(3, value)
  else if (typeof value === 'number') writer.double(4, value)
  else if (Array.isArray(value)) {
    for (const item of value.toReversed()) writeAnyValue(writer, 1, item as AttributeValue) // ArrayValue.values
    writer.delimit(5, end)
  }
  writer.delimit(field, end)
}

/** Whether an attribute is sent as `int_value`; other numbers are doubles. */
function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -TWO_63 && value < TWO_63
}

/** Protocol Buffers leave out an empty text. */
function writeOptionalText(writer: BackwardWriter, field: number, value: string | undefined): void {
  if (value) writer.text(field, value)
}

/** Encodes what is the same in each request once. */
function cached<T extends object>(write: (writer: BackwardWriter, of: T) => void): (of: T) => Uint8Array {
  const known = new WeakMap<T, Uint8Array>()
  return (of) => {
    const encodedBefore = known.get(of)
    if (encodedBefore) return encodedBefore
    const writer = new BackwardWriter()
    write(writer, of)
    const encoded = Buffer.from(writer.bytes())
    known.set(of, encoded)
    return encoded
  }
}

const attributesOf = cached((writer, attributes: Attributes) => writeAttributes(writer, 7, attributes))
const headOf = cached((writer, { name, description, unit }: MetricDescriptor) => {
  writeOptionalText(writer, 3, unit)
  writeOptionalText(writer, 2, description)
  writer.text(1, name)
})
