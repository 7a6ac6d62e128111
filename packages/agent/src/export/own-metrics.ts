// THE table of what the agent reports about its exports. Rules and dashboards import its names.
import { byReason, own, type OwnMetric } from '@ena-otel/metrics/own-metrics'

/** For the agent's own metrics. Nothing is decided by these. */
export class ExportCounts {
  /** Requests that the collector accepted. */
  exports = 0
  /** Requests that failed or were refused, each attempt. */
  exportFailures = 0
  /** Requests that were sent after a failed one. */
  exportRetries = 0
  /** Points that the collector accepted. */
  exportedPoints = 0
  /** Points that the collector refused for good. */
  rejectedPoints = 0
  /**
   * Of these, what is exported: those refused before this counter last had an accepted point. A refusal may last for longer than a query
   * looks back. The store then needs the value before the rise, or `increase()` finds none.
   */
  shownRejectedPoints = 0
  /** Points that were removed when batches were merged. Totals stay exact. */
  thinnedPoints = 0
  /** Points that were never sent. */
  readonly droppedPoints = { age: 0, size: 0 }
}

/** What the values are taken from at each collection. */
export interface ExportStatistics extends Readonly<ExportCounts> {
  readonly queue: { readonly points: number; readonly sizeBytes: number; readonly ageMs: number }
  readonly queueCapacityBytes: number
  /** How many series are exported, and how many are cut because they are over the limit. */
  readonly series: { readonly count: number; readonly cut: number }
}

/** Points accepted or refused. Semantic conventions 1.45, "OTel SDK metrics". Without error.type: accepted by the collector. */
export const EXPORTED = 'otel.sdk.exporter.metric_data_point.exported'

export const EXPORT_METRICS: readonly OwnMetric<ExportStatistics>[] = [
  own('gauge', 'ena_otel.series', '{series}', 'int', 'Series sent.', ({ series }) => [[series.count]]),
  own('gauge', 'ena_otel.series.cut', '{series}', 'int', 'Series not sent: over --max-series.', ({ series }) => [
    [series.cut],
  ]),
  own('counter', 'ena_otel.exports', '{export}', 'int', 'Requests accepted.', ({ exports }) => [[exports]]),
  own('counter', 'ena_otel.export.failures', '{export}', 'int', 'Requests that failed.', (source) => [
    [source.exportFailures],
  ]),
  own('counter', 'ena_otel.export.retries', '{retry}', 'int', 'Requests after one that failed.', (source) => [
    [source.exportRetries],
  ]),
  own(
    'counter',
    EXPORTED,
    '{data_point}',
    'int',
    'Points accepted or refused.',
    ({ exportedPoints, shownRejectedPoints }) => [
      [exportedPoints],
      [shownRejectedPoints, { 'error.type': 'rejected' }],
    ],
  ),
  own(
    'updowncounter',
    'otel.sdk.exporter.metric_data_point.inflight',
    '{data_point}',
    'int',
    'Points queued or being sent.',
    ({ queue }) => [[queue.points]],
  ),
  own('gauge', 'ena_otel.queue.size', 'By', 'int', 'Memory of the queued points.', ({ queue }) => [[queue.sizeBytes]]),
  own('gauge', 'ena_otel.queue.capacity', 'By', 'int', 'Memory that queued points may take.', (source) => [
    [source.queueCapacityBytes],
  ]),
  own('gauge', 'ena_otel.queue.age', 's', 'double', 'Age of the oldest queued points.', ({ queue }) => [
    [queue.ageMs / 1000],
  ]),
  own('counter', 'ena_otel.points.thinned', '{point}', 'int', 'Points removed to make room.', (source) => [
    [source.thinnedPoints],
  ]),
  own('counter', 'ena_otel.points.dropped', '{point}', 'int', 'Points dropped: too old, or no room.', (source) =>
    byReason(source.droppedPoints),
  ),
]

const UNUSED: ReadonlySet<string> = new Set(['ena_otel.exports', 'otel.sdk.exporter.metric_data_point.inflight'])

/** Those that an alert, a dashboard or a runbook needs: AMP bills by sample. packages/rules/test/own-metrics.test.ts checks which these are. */
export const USED_EXPORT_METRICS: readonly OwnMetric<ExportStatistics>[] = EXPORT_METRICS.filter(
  ({ name }) => !UNUSED.has(name),
)
