// The SDK's ResourceMetrics as an ExportMetricsServiceRequest in Protocol Buffers. Field numbers: opentelemetry-proto 1.x,
// collector/metrics/v1/metrics_service.proto, metrics/v1/metrics.proto. Replaceable by otlp-transformer's ProtobufMetricsSerializer.
import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
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

import { encodeAttributes } from './attributes.ts'
import { deserializeResponse } from './partial-success.ts'
import {
  boolean,
  createFields,
  delimitedBytes,
  type Fields,
  FIXED64_BYTES,
  lengthDelimited,
  number,
  text,
} from './protobuf.ts'

/** AggregationTemporality in OTLP. */
export const OTLP_TEMPORALITY: Readonly<Record<AggregationTemporality, number>> = {
  [AggregationTemporality.DELTA]: 1,
  [AggregationTemporality.CUMULATIVE]: 2,
}

/**
 * Encodes sums and gauges. Attributes and descriptors are encoded once for each object: they must not change afterwards.
 *
 * `serializeRequest` throws TypeError for a metric that is neither a sum nor a gauge.
 */
export const metricsSerializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse> = {
  serializeRequest: ({ resource, scopeMetrics }) =>
    lengthDelimited(
      1, // resource_metrics
      lengthDelimited(1, encodeAttributes(1, resource.attributes)), // resource { attributes }
      ...scopeMetrics.map(encodeScope),
      optionalText(3, resource.schemaUrl),
    ),
  deserializeResponse,
}

function encodeScope({ scope, metrics }: ScopeMetrics): Buffer {
  return lengthDelimited(
    2, // ResourceMetrics.scope_metrics
    lengthDelimited(1, text(1, scope.name), optionalText(2, scope.version)), // scope { name, version }
    ...metrics.map((metric) => lengthDelimited(2, headOf(metric.descriptor), encodeData(metric))),
    optionalText(3, scope.schemaUrl),
  )
}

function encodeData(metric: MetricData): Buffer {
  const data = sumOrGauge(metric)
  const dataPoints = encodePoints(data.dataPoints, data.descriptor.valueType)
  if (data.dataPointType === DataPointType.GAUGE) return lengthDelimited(5, dataPoints) // gauge
  const temporality = number(2, OTLP_TEMPORALITY[data.aggregationTemporality])
  return lengthDelimited(7, dataPoints, temporality, data.isMonotonic ? boolean(3, true) : NOTHING) // sum
}

/** @throws TypeError when it is neither: the agent has no histograms */
export function sumOrGauge(metric: MetricData): SumMetricData | GaugeMetricData {
  const { dataPointType, descriptor } = metric
  if (dataPointType === DataPointType.SUM || dataPointType === DataPointType.GAUGE) return metric
  throw new TypeError(`${descriptor.name} is a histogram: only sums and gauges can be exported`)
}

/** Written into one buffer: data points are most of a request. */
function encodePoints(points: readonly DataPoint<number>[], valueType: ValueType): Buffer {
  const writeValue = valueType === ValueType.INT ? writeInt : writeDouble
  let size = 0
  for (const point of points) size += delimitedBytes(pointBytes(point))
  const fields = createFields(size)
  for (const point of points) {
    fields.delimited(1, pointBytes(point)) // data_points
    writeTime(fields, 2, point.startTime)
    writeTime(fields, 3, point.endTime)
    writeValue(fields, point.value)
    fields.encoded(attributesOf(point.attributes))
  }
  return fields.bytes
}

function pointBytes({ attributes }: DataPoint<number>): number {
  return 3 * FIXED64_BYTES + attributesOf(attributes).length
}

const TWO_16 = 2 ** 16
const TWO_32 = 2 ** 32
const TWO_63 = 2 ** 63
const NS_PER_S = 1_000_000_000

/** Nanoseconds since the epoch. A number does not hold them exactly, so seconds are multiplied in two halves. */
function writeTime(fields: Fields, field: number, [seconds, nanoseconds]: HrTime): void {
  const upper = Math.floor(seconds / TWO_16) * NS_PER_S
  const lower = (upper % TWO_16) * TWO_16 + (seconds % TWO_16) * NS_PER_S + nanoseconds
  fields.fixed64(field, Math.floor(upper / TWO_16) + Math.floor(lower / TWO_32), lower)
}

/** as_int. A value outside int64 becomes the nearest one inside. */
function writeInt(fields: Fields, value: number): void {
  if (value >= TWO_63) fields.fixed64(6, 0x7fff_ffff, 0xffff_ffff)
  else if (value < -TWO_63) fields.fixed64(6, 0x8000_0000, 0)
  else {
    const whole = Math.trunc(value)
    fields.fixed64(6, Math.floor(whole / TWO_32), whole)
  }
}

/** as_double */
function writeDouble(fields: Fields, value: number): void {
  fields.double(4, value)
}

/** Encodes what is the same in each request once. */
function cached<T extends object>(encode: (of: T) => Buffer): (of: T) => Buffer {
  const known = new WeakMap<T, Buffer>()
  return (of) => {
    const encodedBefore = known.get(of)
    if (encodedBefore) return encodedBefore
    const encoded = encode(of)
    known.set(of, encoded)
    return encoded
  }
}

const attributesOf = cached((attributes: Attributes) => encodeAttributes(7, attributes))
const headOf = cached(({ name, description, unit }: MetricDescriptor) =>
  Buffer.concat([text(1, name), optionalText(2, description), optionalText(3, unit)]),
)

const NOTHING = Buffer.alloc(0)

/** Protocol Buffers leave out an empty text. */
function optionalText(field: number, value: string | undefined): Buffer {
  return value ? text(field, value) : NOTHING
}
