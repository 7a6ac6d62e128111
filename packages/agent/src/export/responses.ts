// What the collector's responses mean for the exporter's counts and for the log.
import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer'

import type { Log } from '@ena-otel/metrics/src/log.ts'
import type { Problems } from '@ena-otel/metrics/src/sampling/problems.ts'
import { firstLine } from '../otlp/failure.ts'
import type { DropReason } from './bounds.ts'

/** For the agent's own metrics. Nothing is decided by these. */
export interface ExportCounts {
  /** Requests that the collector accepted. */
  exports: number
  /** Requests that failed or were refused, each attempt. */
  exportFailures: number
  /** Requests that were sent after a failed one. */
  exportRetries: number
  /** Points that the collector accepted. */
  exportedPoints: number
  /** Points that the collector refused for good. */
  rejectedPoints: number
  /** Points that were removed when batches were merged. */
  thinnedPoints: number
  /** Points that were never sent. */
  readonly droppedPoints: Record<DropReason, number>
}

export function createExportCounts(): ExportCounts {
  return {
    exports: 0,
    exportFailures: 0,
    exportRetries: 0,
    exportedPoints: 0,
    rejectedPoints: 0,
    thinnedPoints: 0,
    droppedPoints: { age: 0, size: 0 },
  }
}

export interface ResponseParts {
  /** The collector, for the log. */
  readonly target: string
  readonly deserialize: (data: Uint8Array) => IExportMetricsServiceResponse
  readonly counts: ExportCounts
  readonly problems: Problems
  readonly log: Log
}

/** Counts and logs a response to a request of so many points. */
export type ResponseHandler = (response: ExportResponse, points: number, isRetry: boolean) => void

export function createResponseHandler({ target, deserialize, counts, problems, log }: ResponseParts): ResponseHandler {
  let isAccepted = false

  const accepted = (data: Uint8Array | undefined, points: number): void => {
    if (!isAccepted) log.info({ target }, `${target}: accepts metrics`)
    isAccepted = true
    const { rejected, warning } = partialSuccess(data, deserialize)
    const rejectedPoints = Math.min(points, rejected)
    counts.exports++
    counts.exportedPoints += points - rejectedPoints
    counts.rejectedPoints += rejectedPoints
    problems.report(`${target} partial success`, warning)
    problems.report(target, undefined)
  }

  return (response, points, isRetry) => {
    if (isRetry) counts.exportRetries++
    if (response.status === 'success') return accepted(response.data, points)
    counts.exportFailures++
    const isFinal = response.status === 'failure'
    if (isFinal) counts.rejectedPoints += points
    const reason = firstLine(response.error?.message ?? 'no reason given')
    problems.report(target, `export failed: ${reason}; ${isFinal ? 'these points are dropped' : 'points are queued'}`)
  }
}

/** Rejected points are not sent again (OTLP specification, "Partial Success"). Without any, the message is a warning. */
function partialSuccess(
  data: Uint8Array | undefined,
  deserialize: ResponseParts['deserialize'],
): { readonly rejected: number; readonly warning?: string } {
  if (data === undefined || data.length === 0) return { rejected: 0 }
  let response: IExportMetricsServiceResponse
  try {
    response = deserialize(data)
  } catch (error) {
    // The request was accepted all the same.
    return { rejected: 0, warning: `its response can't be read (is it a collector?): ${firstLine(String(error))}` }
  }
  const rejected = Math.max(0, response.partialSuccess?.rejectedDataPoints ?? 0)
  const message = firstLine(response.partialSuccess?.errorMessage ?? '')
  if (rejected > 0) return { rejected, warning: `${rejected} points were rejected and are dropped: ${message}` }
  return message === '' ? { rejected } : { rejected, warning: message }
}
