// An ExportMetricsServiceRequest read by another implementation of Protocol Buffers than ours.
import protobuf from 'protobufjs'

/** opentelemetry-proto 1.x: collector/metrics/v1/metrics_service.proto, metrics/v1/metrics.proto, common/v1/common.proto, as far as we send it. */
const PROTO = `
  syntax = "proto3";
  message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; }
  message InstrumentationScope { string name = 1; string version = 2; }
  message Metric {
    string name = 1; string description = 2; string unit = 3;
    oneof data { Gauge gauge = 5; Sum sum = 7; }
  }
  message Gauge { repeated NumberDataPoint data_points = 1; }
  message Sum { repeated NumberDataPoint data_points = 1; AggregationTemporality aggregation_temporality = 2; bool is_monotonic = 3; }
  enum AggregationTemporality { UNSPECIFIED = 0; DELTA = 1; CUMULATIVE = 2; }
  message NumberDataPoint {
    repeated KeyValue attributes = 7; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
    oneof value { double as_double = 4; sfixed64 as_int = 6; }
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; } }
`
const REQUEST = protobuf.parse(PROTO).root.lookupType('ExportMetricsServiceRequest')

export interface DecodedPoint {
  readonly attributes?: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
  readonly startTimeUnixNano?: string
  readonly timeUnixNano: string
  readonly asInt?: string
  readonly asDouble?: number
}

export interface DecodedMetric {
  readonly name: string
  readonly description?: string
  readonly unit?: string
  readonly sum?: {
    readonly dataPoints: readonly DecodedPoint[]
    readonly aggregationTemporality: string
    readonly isMonotonic: boolean
  }
  readonly gauge?: { readonly dataPoints: readonly DecodedPoint[] }
}

export interface DecodedRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes?: DecodedPoint['attributes'] }
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string }
      readonly metrics: readonly DecodedMetric[]
    }[]
  }[]
}

/** @throws Error when the bytes are no request */
export function decodeRequest(bytes: Buffer): DecodedRequest {
  const message = REQUEST.decode(bytes)
  return REQUEST.toObject(message, { longs: String, enums: String }) as DecodedRequest
}

/** The values of all points of a metric, in their order. */
export function valuesOf(bytes: Buffer, name: string): readonly number[] {
  return metricsIn(bytes)
    .filter((metric) => metric.name === name)
    .flatMap(({ sum, gauge }) => (sum ?? gauge)?.dataPoints ?? [])
    .map(({ asInt, asDouble }) => Number(asInt ?? asDouble))
}

export function metricsIn(bytes: Buffer): readonly DecodedMetric[] {
  return decodeRequest(bytes).resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  )
}
