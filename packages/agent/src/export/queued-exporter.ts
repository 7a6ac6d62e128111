// A metric exporter of the OpenTelemetry SDK with a bounded queue: an export is queued and returns at once, a sender delivers it.
import { setTimeout as wait } from 'node:timers/promises'

import { ExportResultCode } from '@opentelemetry/core'
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'
import type { IExportMetricsServiceResponse, ISerializer } from '@opentelemetry/otlp-transformer'
import type { Resource } from '@opentelemetry/resources'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'

import type { Config } from '../config/options.ts'
import type { Batch } from './batch.ts'
import { createExportReport, type ExportReportOptions } from './export-report.ts'
import { createOutbox } from './outbox.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { ExportStatistics } from './own-metrics.ts'
import { pointsToQueue, resourceMetricsOf } from './resource-metrics.ts'
import { createSender } from './sender.ts'
import { createStreamMetrics } from './stream-metric.ts'
import { createStreams } from './streams.ts'

export interface QueuedExporter extends PushMetricExporter {
  readonly statistics: () => ExportStatistics
}

export interface QueuedExporterOptions
  extends ExportReportOptions, Pick<Config, 'timeout' | 'exportInterval' | 'heartbeatInterval' | 'detail'> {
  readonly serializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse>
  readonly transport: IExporterTransport
  /** The resource at the time of sending: it may have more attributes than when points were queued. */
  readonly resource: () => Resource
  /** Milliseconds since the epoch, by the clock of the points. */
  readonly now: () => number
  /** For tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly random?: () => number
}

/**
 * `export` succeeds when its points are queued, whether or not the collector can be reached. It fails for histograms, which are not
 * supported, and after `shutdown`. `forceFlush` and `shutdown` send what is queued without pauses, up to the first failure, and never
 * reject.
 */
export function createQueuedExporter(options: QueuedExporterOptions): QueuedExporter {
  const { serializer, transport, target, log, now } = options
  const report = createExportReport(options, (data) => serializer.deserializeResponse(data))
  const streams = createStreams(options.maxSeries, options.exportInterval)
  const metricOf = createStreamMetrics()
  const heartbeat = createHeartbeat(options)
  const outbox = createOutbox(options, report, now)
  const sender = createSender({
    outbox,
    send: (batches) => send(batches, options),
    onResponse: report.answered,
    pause: options.pause ?? pauseFor,
    random: options.random ?? Math.random,
  })
  let isShutDown = false

  const queue = (metrics: ResourceMetrics): void => {
    if (isShutDown) throw new Error('the exporter is shut down')
    const time = now()
    const wasEmpty = outbox.state().points === 0
    streams.tidy(time)
    const points = heartbeat(pointsToQueue(metrics, metricOf, streams, time), time)
    outbox.add(points)
    if (wasEmpty && outbox.state().points === points.length) report.caughtUp()
    report.cut(streams.cut().names)
    sender.wake()
  }

  return {
    export: (metrics, resultCallback) => {
      try {
        queue(metrics)
      } catch (error) {
        return resultCallback({ code: ExportResultCode.FAILED, error: error as Error })
      }
      resultCallback({ code: ExportResultCode.SUCCESS })
    },
    forceFlush: () => sender.flush(false),
    shutdown: async () => {
      if (isShutDown) return
      isShutDown = true
      await sender.flush(true)
      const { points } = outbox.state()
      if (points > 0) log.warn({ points }, `${target}: shut down with ${points} points in the queue: they are lost`)
      transport.shutdown()
    },
    statistics: () => ({
      ...report.counts,
      queue: outbox.state(),
      queueCapacityBytes: options.queueSize,
      series: { count: streams.count(), cut: streams.cut().count },
    }),
  }
}

/** Points that can't be serialized are dropped, as they would fail again. A transport that throws may succeed later. */
async function send(
  batches: readonly Batch[],
  { serializer, transport, timeout, resource }: QueuedExporterOptions,
): Promise<ExportResponse> {
  let request: Uint8Array | undefined
  try {
    request = serializer.serializeRequest(resourceMetricsOf(batches, resource()))
  } catch (error) {
    return { status: 'failure', error: error as Error }
  }
  if (request === undefined) return { status: 'failure', error: new Error('the request could not be serialized') }
  return transport.send(request, timeout).catch((error: Error) => ({ status: 'retryable', error }))
}

function pauseFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return wait(ms, undefined, { signal }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
}
