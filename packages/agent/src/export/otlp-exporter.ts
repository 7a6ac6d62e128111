// The exporter to a collector: the queue, with the serializer and the transport of the configured protocol.
import type { LoadedConfig } from '../config/load.ts'
import { metricsSerializer } from '../otlp/metrics-serializer.ts'
import { openTransport } from '../otlp/transport.ts'
import { createQueuedExporter, type QueuedExporter, type QueuedExporterOptions } from './queued-exporter.ts'

type OtlpExporterParts = Pick<QueuedExporterOptions, 'resource' | 'now' | 'log' | 'pause' | 'random'>

/** @throws Error with one line when there is no endpoint, or a proxy variable is malformed */
export async function openOtlpExporter(
  { config, origins }: LoadedConfig,
  parts: OtlpExporterParts,
): Promise<QueuedExporter> {
  const isWholeUrl = origins.endpoint === 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'
  const { target, transport } = await openTransport(config, isWholeUrl)
  return createQueuedExporter({ ...config, ...parts, serializer: metricsSerializer, transport, target })
}
