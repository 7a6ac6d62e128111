// THE table of what the agent tells of itself. Rules and dashboards import its names.
import type { Counts, ReaderName } from '@ena-otel/metrics/src/sampling/counts.ts'
import type { Attributes, MetricPoints, Point } from '@ena-otel/metrics/src/points/points.ts'
import type { Metric } from '@ena-otel/metrics/src/table.ts'
import type { Waiting } from './outbox.ts'

/** What the numbers are taken from when they are exported. */
export interface OwnSource {
  readonly counts: Counts
  /** How many interfaces are read. */
  readonly interfaces: number
  readonly queue: Waiting
  /** Bytes. */
  readonly queueSize: number
  readonly series: number
  readonly seriesCut: number
}

export interface OwnMetric extends Metric {
  readonly read: (source: OwnSource) => readonly Reading[]
}

type Reading = readonly [value: number, attributes?: Attributes]

export const OWN_METRICS: readonly OwnMetric[] = [
  counter('ena_otel.sweeps', '{sweep}', 'Sweeps over all interfaces.', ({ counts }) => [[counts.sweeps]]),
  counter('ena_otel.sweep.time', 's', 'Time spent in sweeps.', ({ counts }) => [[counts.sweepMs / 1000]]),
  gauge('ena_otel.sample.interval', 's', 'Longest time between samples.', (source) => [
    [source.counts.longestIntervalMs / 1000],
  ]),
  counter('ena_otel.reads', '{read}', 'Reads.', ({ counts }) => byReader(counts.reads)),
  counter('ena_otel.read.failures', '{read}', 'Reads that failed.', ({ counts }) => byReader(counts.failures)),
  counter('ena_otel.read.discarded', '{read}', 'Reads thrown out.', ({ counts }) => byReason(counts.discarded)),
  gauge('ena_otel.interfaces', '{interface}', 'Interfaces read.', ({ interfaces }) => [[interfaces]]),
  gauge('ena_otel.series', '{series}', 'Series sent.', ({ series }) => [[series]]),
  gauge('ena_otel.series.cut', '{series}', 'Series not sent: over --most-series.', ({ seriesCut }) => [[seriesCut]]),
  counter('ena_otel.exports', '{export}', 'Requests taken.', ({ counts }) => [[counts.exports]]),
  counter('ena_otel.export.failures', '{export}', 'Requests that failed.', ({ counts }) => [[counts.exportFailures]]),
  counter('ena_otel.export.retries', '{retry}', 'Requests after one that failed.', (source) => [
    [source.counts.exportRetries],
  ]),
  counter('ena_otel.export.rejected', '{point}', 'Points refused.', ({ counts }) => [[counts.rejectedPoints]]),
  gauge('ena_otel.queue.points', '{point}', 'Points that wait.', ({ queue }) => [[queue.points]]),
  gauge('ena_otel.queue.size', 'By', 'Memory of the points that wait.', ({ queue }) => [[queue.size]]),
  gauge('ena_otel.queue.capacity', 'By', 'Memory that they may take.', ({ queueSize }) => [[queueSize]]),
  gauge('ena_otel.queue.age', 's', 'Age of the oldest points that wait.', ({ queue }) => [[queue.age / 1000]]),
  counter('ena_otel.points.thinned', '{point}', 'Points left out to make room.', ({ counts }) => [
    [counts.thinnedPoints],
  ]),
  counter('ena_otel.points.dropped', '{point}', 'Points dropped: too old, or no room.', ({ counts }) =>
    byReason(counts.droppedPoints),
  ),
]

function counter(name: string, unit: string, description: string, read: OwnMetric['read']): OwnMetric {
  return { name, kind: 'counter', unit, description, source: 'ena-otel', read }
}

function gauge(name: string, unit: string, description: string, read: OwnMetric['read']): OwnMetric {
  return { name, kind: 'gauge', unit, description, source: 'ena-otel', read }
}

const byReader = (of: Readonly<Record<ReaderName, number>>): Reading[] =>
  Object.entries(of).map(([name, value]) => [value, { 'ena_otel.reader': name }])

const byReason = (of: Readonly<Record<string, number>>): Reading[] =>
  Object.entries(of).map(([name, value]) => [value, { 'ena_otel.reason': name }])

/**
 * A function from the numbers at a time to their points. Counters count since `startTime`.
 *
 * @param isDelta send what was added since the call before
 */
export function createOwnMetrics(
  startTime: number,
  isDelta: boolean,
): (source: OwnSource, time: number) => readonly MetricPoints[] {
  const before = new Map<string, Point>()
  return (source, time) =>
    OWN_METRICS.map((metric) => {
      const points = metric.read(source).map(([value, attributes = {}]) => {
        const total: Point = { attributes, startTime, time, value }
        if (!isDelta || metric.kind === 'gauge') return total
        const key = `${metric.name} ${JSON.stringify(attributes)}`
        const last = before.get(key)
        before.set(key, total)
        return last ? { ...total, startTime: Math.min(last.time, time), value: value - last.value } : total
      })
      return { metric, points }
    })
}
