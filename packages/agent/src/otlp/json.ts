// One ExportMetricsServiceRequest in OTLP/JSON (OTLP specification 1.x, "JSON Protobuf Encoding").
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

/** The request's text, indented. 64-bit integers are strings, as protobuf's JSON mapping wants them; the serializer leaves asInt a number. */
export function toOtlpJson(metrics: ResourceMetrics): string {
  const text = new TextDecoder().decode(JsonMetricsSerializer.serializeRequest(metrics))
  const request: unknown = JSON.parse(text, (key, value: unknown) => (key === 'asInt' ? String(value) : value))
  return JSON.stringify(request, undefined, 2)
}
