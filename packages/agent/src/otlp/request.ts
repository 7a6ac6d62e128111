// Points as an ExportMetricsServiceRequest. Field numbers: opentelemetry-proto 1.x, collector/metrics/v1/metrics_service.proto,
// metrics/v1/metrics.proto, common/v1/common.proto. Knows nothing of the kernel.
import type { Metric } from '@ena-otel/metrics/src/table.ts'
import { type Batch, type BatchPoint, pointsOf } from '../export/batch.ts'
import type { Stream } from '../export/streams.ts'
import type { ResourceAttributes } from '@ena-otel/metrics/src/resource/attributes.ts'
import { createFields, delimitedBytes, type Fields, FIXED64_BYTES, lengthDelimited, number, text } from './protobuf.ts'

/** AggregationTemporality. */
export const TEMPORALITY = { delta: 1, cumulative: 2 } as const
export type Temporality = keyof typeof TEMPORALITY

/** One request with the points of these batches, those of one metric together, in their order. */
export function encodeRequest(
  resource: ResourceAttributes,
  version: string,
  batches: readonly Batch[],
  temporality: Temporality,
): Buffer {
  const scopes = [...byScopeAndMetric(batches)].map(([scope, metrics]) =>
    lengthDelimited(
      2, // ResourceMetrics.scope_metrics
      lengthDelimited(1, text(1, scope), text(2, version)), // scope { name, version }
      ...[...metrics].map(([metric, points]) => lengthDelimited(2, ...encodeMetric(metric, points, temporality))),
    ),
  )
  return lengthDelimited(1, lengthDelimited(1, encodeAttributes(1, resource)), ...scopes) // resource_metrics { resource }
}

function byScopeAndMetric(batches: readonly Batch[]): Map<string, Map<Metric, BatchPoint[]>> {
  const scopes = new Map<string, Map<Metric, BatchPoint[]>>()
  for (const batch of batches) {
    for (const point of pointsOf(batch)) {
      const { scope, metric } = point.stream
      const metrics = scopes.get(scope) ?? new Map<Metric, BatchPoint[]>()
      if (metrics.size === 0) scopes.set(scope, metrics)
      const points = metrics.get(metric)
      if (points) points.push(point)
      else metrics.set(metric, [point])
    }
  }
  return scopes
}

function encodeMetric(metric: Metric, points: readonly BatchPoint[], temporality: Temporality): readonly Buffer[] {
  const isCounter = metric.kind === 'counter'
  const dataPoints = encodePoints(points, isCounter)
  const data = isCounter
    ? lengthDelimited(7, dataPoints, number(2, TEMPORALITY[temporality]), number(3, 1)) // sum, is_monotonic
    : lengthDelimited(5, dataPoints) // gauge
  return [headOf(metric), data]
}

/** All in one piece, as they are most of a request. */
function encodePoints(points: readonly BatchPoint[], isCounter: boolean): Buffer {
  // One metric has one type, or a store would see two.
  const writeValue = points.every(({ value }) => Number.isSafeInteger(value)) ? writeInt : writeDouble
  const numbers = (isCounter ? 3 : 2) * FIXED64_BYTES
  const bytesOf = (point: BatchPoint): number => numbers + attributesOf(point.stream).length
  const fields = createFields(points.reduce((sum, point) => sum + delimitedBytes(bytesOf(point)), 0))
  for (const point of points) {
    fields.delimited(1, bytesOf(point)) // data_points
    if (isCounter) writeTime(fields, 2, point.startTime)
    writeTime(fields, 3, point.time)
    writeValue(fields, point.value)
    fields.encoded(attributesOf(point.stream))
  }
  return fields.bytes
}

const TWO_32 = 2 ** 32
const NS_PER_MS = 1_000_000

/** `time`: milliseconds since the epoch, written as nanoseconds, which are more than a number holds exactly. */
function writeTime(fields: Fields, field: number, time: number): void {
  const ms = Math.round(time)
  const low = (ms % TWO_32) * NS_PER_MS
  fields.fixed64(field, Math.floor(ms / TWO_32) * NS_PER_MS + Math.floor(low / TWO_32), low)
}

/** as_int */
function writeInt(fields: Fields, value: number): void {
  fields.fixed64(6, Math.floor(value / TWO_32), value)
}

/** as_double */
function writeDouble(fields: Fields, value: number): void {
  fields.double(4, value)
}

/** @param ms milliseconds since the epoch */
export function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * BigInt(NS_PER_MS)
}

/** What is the same in each request, encoded once. */
function remembered<T extends object>(encode: (of: T) => Buffer): (of: T) => Buffer {
  const known = new WeakMap<T, Buffer>()
  return (of) => {
    const there = known.get(of)
    if (there) return there
    const encoded = encode(of)
    known.set(of, encoded)
    return encoded
  }
}

const attributesOf = remembered(({ attributes }: Stream) => encodeAttributes(7, attributes))
const headOf = remembered(({ name, description, unit }: Metric) =>
  Buffer.concat([text(1, name), text(2, description), text(3, unit)]),
)

/** KeyValue { key, AnyValue { string_value } } */
function encodeAttributes(field: number, attributes: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(attributes).map(([key, value]) =>
      lengthDelimited(field, text(1, key), lengthDelimited(2, text(1, value))),
    ),
  )
}
