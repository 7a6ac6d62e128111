// Points as an ExportMetricsServiceRequest. Field numbers: opentelemetry-proto 1.x, collector/metrics/v1/metrics_service.proto,
// metrics/v1/metrics.proto, common/v1/common.proto. Knows nothing of the kernel.
import type { Metric } from '../metrics/table.ts'
import { type Batch, type BatchPoint, pointsOf } from '../outbox/batch.ts'
import type { Stream } from '../outbox/streams.ts'
import type { ResourceAttributes } from '../resource/attributes.ts'
import { double, fixed64, lengthDelimited, number, text } from './protobuf.ts'

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

function encodeMetric(
  { name, description, unit, kind }: Metric,
  points: readonly BatchPoint[],
  temporality: Temporality,
): readonly Buffer[] {
  // One metric has one type, or a store would see two.
  const encodeValue = points.every(({ value }) => Number.isSafeInteger(value)) ? asInt : asDouble
  const isCounter = kind === 'counter'
  const encoded = points.map(({ stream, startTime, time, value }) =>
    lengthDelimited(
      1, // data_points
      ...(isCounter ? [fixed64(2, nanoseconds(startTime))] : []),
      fixed64(3, nanoseconds(time)),
      encodeValue(value),
      attributesOf(stream),
    ),
  )
  const data = isCounter
    ? lengthDelimited(7, ...encoded, number(2, TEMPORALITY[temporality]), number(3, 1)) // sum, is_monotonic
    : lengthDelimited(5, ...encoded) // gauge
  return [text(1, name), text(2, description), text(3, unit), data]
}

const asInt = (value: number): Buffer => fixed64(6, BigInt(value))
const asDouble = (value: number): Buffer => double(4, value)

/** @param ms milliseconds since the epoch */
export function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n
}

/** The same in each request. */
const encodedAttributes = new WeakMap<Stream, Buffer>()

function attributesOf(stream: Stream): Buffer {
  const known = encodedAttributes.get(stream)
  if (known) return known
  const encoded = encodeAttributes(7, stream.attributes)
  encodedAttributes.set(stream, encoded)
  return encoded
}

/** KeyValue { key, AnyValue { string_value } } */
function encodeAttributes(field: number, attributes: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(attributes).map(([key, value]) =>
      lengthDelimited(field, text(1, key), lengthDelimited(2, text(1, value))),
    ),
  )
}
