// An ExportMetricsServiceRequest decoded by another implementation of Protocol Buffers.
import protobuf from 'protobufjs'

import type { OtlpRequest } from '../../../../test/harness/otlp-request.ts'

/** opentelemetry-proto 1.x: collector/metrics/v1/metrics_service.proto, metrics/v1/metrics.proto, common/v1/common.proto, as far as we send it. */
const PROTO = `
  syntax = "proto3";
  message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeMetrics { InstrumentationScope scope = 1; repeated Metric metrics = 2; string schema_url = 3; }
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
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; ArrayValue array_value = 5; }
  }
  message ArrayValue { repeated AnyValue values = 1; }
`
const REQUEST = protobuf.parse(PROTO).root.lookupType('ExportMetricsServiceRequest')

/**
 * With enums as numbers and 64-bit integers as strings, as in OTLP/JSON.
 *
 * @throws Error when the bytes are no request
 */
export function decodeRequest(bytes: Uint8Array): OtlpRequest {
  return REQUEST.toObject(REQUEST.decode(bytes), { longs: String }) as OtlpRequest
}
