// A metric exporter of the OpenTelemetry SDK with a bounded queue: an export is queued and returns at once, a sender delivers it.
import { setTimeout as wait } from 'node:timers/promises'

import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'
import type { IExportMetricsServiceResponse, ISerializer } from '@opentelemetry/otlp-transformer'
import type { Resource } from '@opentelemetry/resources'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'

import type { Log } from '@ena-otel/metrics/src/log.ts'
import { createProblems } from '@ena-otel/metrics/src/sampling/problems.ts'
import type { Random } from './backoff.ts'
import type { Batch } from './batch.ts'
import type { Losses, QueueLimits } from './bounds.ts'
import { createLossReport } from './losses.ts'
import { createOutbox, type QueueState } from './outbox.ts'
import { pointsToQueue, resourceMetricsOf } from './resource-metrics.ts'
import { createExportCounts, createResponseHandler, type ExportCounts } from './responses.ts'
import { createSender } from './sender.ts'
import { createStreamMetrics } from './stream-metric.ts'
import { createStreams } from './streams.ts'

export interface QueuedExporter extends PushMetricExporter {
  readonly queue: () => QueueState
  /** How many series are exported, and how many are cut because they are over the limit. */
  readonly series: () => { readonly count: number; readonly cut: number }
  readonly counts: Readonly<ExportCounts>
}

export interface QueuedExporterOptions extends QueueLimits {
  readonly serializer: ISerializer<ResourceMetrics, IExportMetricsServiceResponse>
  readonly transport: IExporterTransport
  /** The collector, for the log. */
  readonly target: string
  /** How long a request may take, milliseconds. */
  readonly timeout: number
  /** The resource at the time of sending: it may have more attributes than when points were queued. */
  readonly resource: () => Resource
  readonly maxSeries: number
  /** Milliseconds. Series that end are forgotten after three of them, or five minutes. */
  readonly exportInterval: number
  /** Milliseconds since the epoch, by the clock of the points. */
  readonly now: () => number
  readonly log: Log
  /** For tests. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly random?: Random
}

/**
 * `export` succeeds when its points are queued, whether or not the collector can be reached. It fails for histograms, which are not
 * supported (sums and gauges of the same call are queued), and after `shutdown`. `forceFlush` and `shutdown` send what is queued without
 * pauses, up to the first failure, and never reject.
 */
export function createQueuedExporter(options: QueuedExporterOptions): QueuedExporter {
  const { serializer, transport, target, log, now, maxSeries } = options
  const counts = createExportCounts()
  const problems = createProblems(log)
  const streams = createStreams(maxSeries, options.exportInterval)
  const metricOf = createStreamMetrics()
  const lossReport = createLossReport(problems, options, maxSeries)
  const losses: Losses = {
    thinned: (points) => {
      counts.thinnedPoints += points
    },
    dropped: ({ streams: { length } }, reason) => {
      counts.droppedPoints[reason] += length
      lossReport.dropped()
    },
  }
  const outbox = createOutbox(options, losses, now)
  const deserialize = (data: Uint8Array): IExportMetricsServiceResponse => serializer.deserializeResponse(data)
  const sender = createSender({
    outbox,
    send: (batches) => send(batches, options),
    onResponse: createResponseHandler({ target, deserialize, counts, problems, log }),
    pause: options.pause ?? pauseFor,
    random: options.random ?? Math.random,
  })
  let isShutDown = false

  const queue = (metrics: ResourceMetrics): ExportResult => {
    if (isShutDown) return failed('the exporter is shut down')
    const time = now()
    const wasEmpty = outbox.state().points === 0
    streams.tidy(time)
    const { points, unsupported } = pointsToQueue(metrics, metricOf, streams, time)
    outbox.add(points)
    lossReport.report(wasEmpty, streams.cut().names)
    sender.wake()
    if (unsupported.length === 0) return { code: ExportResultCode.SUCCESS }
    return failed(`histograms are not supported and not exported: ${unsupported.join(', ')}`)
  }

  return {
    export: (metrics, resultCallback) => resultCallback(queue(metrics)),
    forceFlush: () => sender.flush(),
    shutdown: async () => {
      if (isShutDown) return
      isShutDown = true
      await sender.shutdown()
      const { points } = outbox.state()
      if (points > 0) log.warn({ points }, `${target}: shut down with ${points} points in the queue: they are lost`)
      transport.shutdown()
    },
    queue: () => outbox.state(),
    series: () => ({ count: streams.count(), cut: streams.cut().count }),
    counts,
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
  try {
    return await transport.send(request, timeout)
  } catch (error) {
    return { status: 'retryable', error: error as Error }
  }
}

function failed(message: string): ExportResult {
  return { code: ExportResultCode.FAILED, error: new Error(message) }
}

function pauseFor(ms: number, signal: AbortSignal): Promise<unknown> {
  return wait(ms, undefined, { signal }).catch((error: Error) => {
    if (error.name !== 'AbortError') throw error
  })
}
