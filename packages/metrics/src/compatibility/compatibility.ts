// The names that other exporters give to what we read, beside our own, so that their dashboards and rules go on working.
//
// All readings are gauges without a unit, whatever they count: the collector appends nothing to such a name on its way to
// Prometheus, not even to one that ends in `_total` (tried with otlptranslator 1.0.0; it only makes one underscore of two in a
// row and takes one away from the end). An empty attribute is no label there, which selectors don't distinguish from an empty one.
// Counts that Datadog stores as counts are the exception: see datadog.ts.
import type { Ecosystem } from './ecosystems.ts'
import type { TrackedCounter } from '../sampling/tracker.ts'
import type { Collection } from '../points/points.ts'
import { CLOUDWATCH } from './cloudwatch.ts'
import { DATADOG } from './datadog.ts'
import { byReader, type Exporter, type Host, type InterfaceReadings, readCounters, type Reading } from './exporter.ts'
import { NODE_EXPORTER } from './node-exporter.ts'
import { SHOWMAX } from './showmax.ts'
import { TELEGRAF } from './telegraf.ts'

export type { Host, InterfaceReadings } from './exporter.ts'

/** What the names are made from. */
export interface CompatibilitySource {
  readonly interfaces: Iterable<InterfaceReadings>
  readonly conntrack: Iterable<TrackedCounter>
  readonly host: Host
}

const EXPORTERS: Readonly<Record<Ecosystem, Exporter>> = {
  showmax: SHOWMAX,
  node_exporter: NODE_EXPORTER,
  telegraf: TELEGRAF,
  cloudwatch: CLOUDWATCH,
  datadog: DATADOG,
}

/**
 * Adds the last sample of every counter under the names of `ecosystems`; none, nothing. It takes no note of what was exported:
 * it may be called before or after the native counters are added.
 *
 * @param delta the collection sends what was added since the last export: counts, which are totals here, are left out of it
 */
export function addCompatibility(
  collection: Collection,
  ecosystems: readonly Ecosystem[],
  { interfaces, conntrack, host }: CompatibilitySource,
  delta = false,
): void {
  if (ecosystems.length === 0) return
  const nics = [...interfaces].map(byReader)
  const counters = readCounters(conntrack, 'conntrack')
  for (const ecosystem of new Set(ecosystems)) {
    const exporter = EXPORTERS[ecosystem]
    const add = (reading: Reading): void => {
      if (reading.startTime === undefined || !delta) addReading(collection, exporter, reading)
    }
    for (const nic of nics) for (const reading of exporter.interface(nic, host)) add(reading)
    for (const reading of exporter.conntrack(counters)) add(reading)
  }
}

function addReading(collection: Collection, { title, source }: Exporter, reading: Reading): void {
  const { name, attributes, value, time, startTime } = reading
  collection.addPoint(
    {
      name,
      kind: startTime === undefined ? 'gauge' : 'counter',
      unit: '',
      description: `The name ${title} gives it.`,
      source,
    },
    { attributes, startTime: startTime ?? time, time, value },
  )
}
