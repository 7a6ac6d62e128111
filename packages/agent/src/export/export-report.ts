// What becomes of the points: counts for the agent's own metrics, and lines in the log.
import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer'

import type { Log } from '@ena-otel/metrics'
import { createProblems } from '@ena-otel/metrics/internal'
import type { Config } from '../config/options.ts'
import { DURATION, SIZE } from '../config/quantity.ts'
import { isTooLarge } from '../otlp/export-response.ts'
import { firstLine } from '../otlp/failure.ts'
import { type Batch, countPoints } from './batch.ts'
import type { Losses } from './bounds.ts'
import { EXPORTED, ExportCounts } from './own-metrics.ts'

export interface ExportReport extends Losses {
  readonly counts: Readonly<ExportCounts>
  /** A request with these batches was answered. */
  readonly answered: (response: ExportResponse, batches: readonly Batch[], isRetry: boolean) => void
  /** All points that were queued before are exported, and none was dropped since. */
  readonly caughtUp: () => void
  /** @param names the metrics of the series over the limit */
  readonly cut: (names: readonly string[]) => void
}

export interface ExportReportOptions extends Pick<Config, 'queueAge' | 'queueSize' | 'maxSeries'> {
  /** The collector, for the log. */
  readonly target: string
  readonly log: Log
}

/** @param deserialize reads the body of a successful response; may throw */
export function createExportReport(
  { target, queueAge, queueSize, maxSeries, log }: ExportReportOptions,
  deserialize: (data: Uint8Array) => IExportMetricsServiceResponse,
): ExportReport {
  const counts = new ExportCounts()
  const problems = createProblems(log)
  const bounds = `${DURATION.format(queueAge)} (--queue-age), ${SIZE.format(queueSize)} (--queue-size)`
  let hasAccepted = false
  /** The series that were cut first. They are logged once, also when other series are cut later. */
  let cutFirst: string | undefined
  /** The first refusal of a request for its size, and of a single point. Each is logged once, whatever the reasons of later ones. */
  const tooLarge: { request?: string; point?: string } = {}

  const partialSuccess = (data: Uint8Array): IExportMetricsServiceResponse['partialSuccess'] => {
    try {
      return deserialize(data).partialSuccess
    } catch (error) {
      // The request was accepted all the same.
      return { errorMessage: `its response can't be read (is it a collector?): ${String(error)}` }
    }
  }

  const accepted = (data: Uint8Array | undefined, batches: readonly Batch[]): void => {
    if (!hasAccepted) log.info({ target }, `${target}: accepts metrics`)
    hasAccepted = true
    const points = countPoints(batches)
    const { rejectedDataPoints = 0, errorMessage = '' } = (data?.length ? partialSuccess(data) : undefined) ?? {}
    // Rejected points are not sent again (OTLP specification, "Partial Success"). Without any, the message is a warning.
    const rejected = Math.min(points, Math.max(0, rejectedDataPoints))
    const message = firstLine(errorMessage)
    const warning = rejected > 0 ? `${rejectedDataPoints} points were rejected and are dropped: ${message}` : message
    counts.exports++
    counts.exportedPoints += points - rejected
    counts.rejectedPoints += rejected
    if (hasRejected(batches)) counts.shownRejectedPoints = counts.rejectedPoints
    problems.report(`${target} partial success`, warning || undefined)
    problems.report(target, undefined)
  }

  const refusedForSize = (reason: string, points: number): void => {
    if (points > 1) {
      tooLarge.request ??= `${points} points exceed the receiver's limit (${reason}): requests are divided; ${RAISE_LIMIT}`
      problems.report(`${target} request size`, tooLarge.request)
    } else {
      counts.rejectedPoints++
      tooLarge.point ??= `1 point exceeds the receiver's limit (${reason}): such points are dropped; ${RAISE_LIMIT}`
      problems.report(`${target} point size`, tooLarge.point)
    }
  }

  return {
    counts,
    answered: (response, batches, isRetry) => {
      if (isRetry) counts.exportRetries++
      if (response.status === 'success') return accepted(response.data, batches)
      const points = countPoints(batches)
      counts.exportFailures++
      const reason = firstLine(response.error?.message ?? 'no reason given')
      if (isTooLarge(response)) return refusedForSize(reason, points)
      const isFinal = response.status === 'failure'
      if (isFinal) counts.rejectedPoints += points
      problems.report(target, `export failed: ${reason}; ${isFinal ? 'these points are dropped' : 'points are queued'}`)
    },
    thinned: (points) => {
      counts.thinnedPoints += points
    },
    dropped: ({ streams }, reason) => {
      counts.droppedPoints[reason] += streams.length
      problems.report('queue', `the oldest points are dropped: over ${bounds}`)
    },
    caughtUp: () => problems.report('queue', undefined),
    cut: (names) => {
      cutFirst = names.length === 0 ? undefined : (cutFirst ?? nameSome(names))
      const advice = 'are not exported; select fewer with --statistics, --compat or --include'
      const problem = cutFirst && `more than ${maxSeries} (--max-series): some series of ${cutFirst} ${advice}`
      problems.report('series', problem)
    },
  }
}

/** Whether a request had a point of the counter of refused points. Early exports have none. */
function hasRejected(batches: readonly Batch[]): boolean {
  return batches.some(({ streams }) =>
    streams.some(
      ({ metric, attributes }) => metric.data.descriptor.name === EXPORTED && attributes['error.type'] !== undefined,
    ),
  )
}

const RAISE_LIMIT = 'raise its max_recv_msg_size_mib (gRPC) or max_request_body_size (HTTP)'

const MAX_NAMES = 5

function nameSome(names: readonly string[]): string {
  const some = names.slice(0, MAX_NAMES).join(', ')
  return names.length > MAX_NAMES ? `${some} and ${names.length - MAX_NAMES} other metrics` : some
}
