// What the producer reports about itself, and how such a table becomes instruments of a meter.
import { type Meter, type Observable, ValueType } from '@opentelemetry/api'

import type { Counts, ReaderName } from './sampling/counts.ts'
import { metric, type Metric } from './table.ts'

/** A metric about this program, with the values that it has now. */
export interface OwnMetric<Source> extends Metric {
  readonly read: (source: Source) => readonly OwnValue[]
}

export type OwnValue = readonly [value: number, attributes?: Readonly<Record<string, string>>]

/** What the values of SAMPLING_METRICS are taken from at each collection. */
export interface SamplingSource {
  readonly counts: Counts
  /** Interfaces that are read. */
  readonly interfaces: number
  /** The longest time between two samples since the last collection, milliseconds. */
  readonly longestIntervalMs: number
}

/** THE table of what the producer reports about itself. Rules and dashboards import its names. */
export const SAMPLING_METRICS: readonly OwnMetric<SamplingSource>[] = [
  own('counter', 'ena_otel.sweeps', '{sweep}', 'int', 'Sweeps over all interfaces.', ({ counts }) => [[counts.sweeps]]),
  own('counter', 'ena_otel.sweep.time', 's', 'double', 'Time spent in sweeps.', ({ counts }) => [
    [counts.sweepMs / 1000],
  ]),
  own('gauge', 'ena_otel.sample.interval', 's', 'double', 'Longest time between samples.', (source) => [
    [source.longestIntervalMs / 1000],
  ]),
  own('counter', 'ena_otel.reads', '{read}', 'int', 'Reads.', ({ counts }) => byReader(counts.reads)),
  own('counter', 'ena_otel.read.failures', '{read}', 'int', 'Reads that failed.', ({ counts }) =>
    byReader(counts.failures),
  ),
  own('counter', 'ena_otel.read.discarded', '{read}', 'int', 'Reads discarded.', ({ counts }) =>
    byReason(counts.discarded),
  ),
  own('gauge', 'ena_otel.interfaces', '{interface}', 'int', 'Interfaces read.', ({ interfaces }) => [[interfaces]]),
]

/** A row of a table of own metrics. */
export function own<Source>(
  kind: Metric['kind'],
  name: string,
  unit: string,
  valueType: Metric['valueType'],
  description: string,
  read: OwnMetric<Source>['read'],
): OwnMetric<Source> {
  return { ...metric(kind, name, unit, valueType, description, 'ena-otel'), read }
}

const byReader = (values: Readonly<Record<ReaderName, number>>): OwnValue[] =>
  Object.entries(values).map(([name, value]) => [value, { 'ena_otel.reader': name }])

/** One value per reason, with the reason as attribute `ena_otel.reason`. */
export const byReason = (values: Readonly<Record<string, number>>): OwnValue[] =>
  Object.entries(values).map(([name, value]) => [value, { 'ena_otel.reason': name }])

/**
 * Creates an observable instrument for each row. The values are read at each collection: counting costs nothing between two.
 *
 * @param source called once per collection
 */
export function observe<Source>(meter: Meter, metrics: readonly OwnMetric<Source>[], source: () => Source): void {
  const instruments = metrics.map(({ kind, name, unit, description, valueType }): Observable => {
    const options = { unit, description, valueType: valueType === 'double' ? ValueType.DOUBLE : ValueType.INT }
    if (kind === 'counter') return meter.createObservableCounter(name, options)
    if (kind === 'updowncounter') return meter.createObservableUpDownCounter(name, options)
    return meter.createObservableGauge(name, options)
  })
  meter.addBatchObservableCallback((result) => {
    const values = source()
    for (const [i, { read }] of metrics.entries())
      for (const [value, attributes] of read(values)) result.observe(instruments[i]!, value, attributes)
  }, instruments)
}
