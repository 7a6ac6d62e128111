// The exporter to a collector: the queue, with the serializer and the transport of the configured protocol.
import type { Log } from '@ena-otel/metrics'
import type { Resource } from '@opentelemetry/resources'

import type { LoadedConfig } from '../config/load.ts'
import { metricsSerializer } from '../otlp/metrics-serializer.ts'
import { openTransport } from '../otlp/transport.ts'
import type { ExportStatistics } from './own-metrics.ts'
import { createQueuedExporter, type QueuedExporter, type QueuedExporterOptions } from './queued-exporter.ts'

export interface OtlpExporter extends QueuedExporter {
  readonly statistics: () => ExportStatistics
}

export interface OtlpExporterParts extends Pick<QueuedExporterOptions, 'now' | 'pause' | 'random'> {
  /** The resource at the time of sending. */
  readonly resource: () => Resource
  readonly log: Log
}

/** @throws Error with one line when there is no endpoint, or a certificate or header file can't be read */
export async function openOtlpExporter(
  { config, origins }: LoadedConfig,
  parts: OtlpExporterParts,
): Promise<OtlpExporter> {
  const isWholeUrl = origins.endpoint === 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'
  const { target, transport } = await openTransport(config, isWholeUrl)
  const exporter = createQueuedExporter({ ...config, ...parts, serializer: metricsSerializer, transport, target })
  return {
    ...exporter,
    statistics: () => ({
      ...exporter.counts,
      queue: exporter.queue(),
      queueCapacityBytes: config.queueSize,
      series: exporter.series(),
    }),
  }
}
