// The log lines about data that is not exported: dropped points, and series over the limit.
import type { Problems } from '@ena-otel/metrics/src/sampling/problems.ts'
import { formatDuration } from '../config/duration.ts'
import { formatSize } from '../config/size.ts'
import type { QueueLimits } from './bounds.ts'

export interface LossReport {
  /** Points were dropped since the last call of `report`. */
  readonly dropped: () => void
  /**
   * Logs a loss when it begins and when it ends.
   *
   * @param isQueueEmpty whether all points that were queued before are exported
   * @param cut the metrics of the series over the limit
   */
  readonly report: (isQueueEmpty: boolean, cut: readonly string[]) => void
}

/** @param maxSeries the limit of series, as it is configured */
export function createLossReport(problems: Problems, limits: QueueLimits, maxSeries: number): LossReport {
  let hasDropped = false
  /** Until the queue is empty: one line for an outage, not one for each drop. */
  let isDropping = false
  /** What was cut first. It is logged once, also when other series are cut later. */
  let named: string | undefined
  const bounds = `${formatDuration(limits.queueAge)} (--queue-age), ${formatSize(limits.queueSize)} (--queue-size)`

  return {
    dropped: () => {
      hasDropped = true
    },
    report: (isQueueEmpty, cut) => {
      isDropping = hasDropped || (isDropping && !isQueueEmpty)
      hasDropped = false
      problems.report('queue', isDropping ? `the oldest points are dropped: over ${bounds}` : undefined)
      named = cut.length === 0 ? undefined : (named ?? nameSome(cut))
      problems.report(
        'series',
        named &&
          `more than ${maxSeries} (--max-series): some series of ${named} are not exported; select fewer with --statistics, --compat or --include`,
      )
    },
  }
}

const MAX_NAMES = 5

function nameSome(names: readonly string[]): string {
  const some = names.slice(0, MAX_NAMES).join(', ')
  return names.length > MAX_NAMES ? `${some} and ${names.length - MAX_NAMES} other metrics` : some
}
