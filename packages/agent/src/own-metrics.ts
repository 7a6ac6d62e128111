// The agent's own metrics, kept by OpenTelemetry's SDK over the plain numbers in counts.ts. They travel with the others.
import { AggregationTemporality, MeterProvider, MetricReader, type ScopeMetrics } from '@opentelemetry/sdk-metrics'

import type { Counts, ReaderName } from './counts.ts'

export interface OwnMetrics {
  readonly collect: () => Promise<readonly ScopeMetrics[]>
  readonly close: () => Promise<void>
}

/** @param interfaces how many interfaces are read at the moment */
export function createOwnMetrics(
  counts: Counts,
  interfaces: () => number,
  version: string,
  temporality: AggregationTemporality,
): OwnMetrics {
  const reader = new PullReader({ aggregationTemporalitySelector: () => temporality })
  const provider = new MeterProvider({ readers: [reader] })
  const meter = provider.getMeter('ena-otel/agent', version)

  const counter = (name: string, unit: string, description: string, read: () => readonly Observation[]): void => {
    meter.createObservableCounter(name, { unit, description }).addCallback((result) => {
      for (const [value, attributes] of read()) result.observe(value, attributes)
    })
  }

  counter('ena_otel.sweeps', '{sweep}', 'Sweeps over all interfaces.', () => [[counts.sweeps, {}]])
  counter('ena_otel.sweep.time', 's', 'Time spent in sweeps.', () => [[counts.sweepMs / 1000, {}]])
  counter('ena_otel.reads', '{read}', 'Reads of a source.', () => byReader(counts.reads))
  counter('ena_otel.read.failures', '{read}', 'Reads that failed.', () => byReader(counts.failures))
  counter('ena_otel.read.discarded', '{read}', 'Reads thrown out because the driver made them up.', () =>
    Object.entries(counts.discarded).map(([reason, value]) => [value, { 'ena_otel.reason': reason }]),
  )
  counter('ena_otel.exports', '{export}', 'Exports that the collector took.', () => [[counts.exports, {}]])
  counter('ena_otel.export.failures', '{export}', 'Exports that failed.', () => [[counts.exportFailures, {}]])
  counter('ena_otel.export.rejected', '{point}', 'Points that the collector refused.', () => [
    [counts.rejectedPoints, {}],
  ])
  meter
    .createObservableGauge('ena_otel.interfaces', { unit: '{interface}', description: 'Interfaces that are read.' })
    .addCallback((result) => result.observe(interfaces()))

  return {
    collect: async () => (await reader.collect()).resourceMetrics.scopeMetrics,
    close: () => provider.shutdown(),
  }
}

const byReader = (of: Readonly<Record<ReaderName, number>>): Observation[] =>
  Object.entries(of).map(([name, value]) => [value, { 'ena_otel.reader': name }])

type Observation = readonly [value: number, attributes: Readonly<Record<string, string>>]

/** A reader that is asked; we push by our own schedule. */
class PullReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }
  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}
