// The metric names of other exporters, beside our own, so that their dashboards and rules keep working.
//
// Most readings are gauges without a unit, even if they count. The collector adds no suffix to such a name when it writes to
// Prometheus, even if the name ends in `_total` (tested with otlptranslator 1.0.0). It only merges repeated underscores and removes one
// at the end. It drops empty attributes, and a selector `x=""` also matches a missing label.
// Exceptions are datadog.ts and hostmetrics.ts, whose counters are OTLP counters.
import type { Ecosystem } from './ecosystems.ts'
import type { TrackedCounter } from '../sampling/tracker.ts'
import type { Collection } from '../points/points.ts'
import { CLOUDWATCH } from './cloudwatch.ts'
import { DATADOG } from './datadog.ts'
import { byReader, type Exporter, type Host, type InterfaceReadings, readCounters, type Reading } from './exporter.ts'
import { HOSTMETRICS } from './hostmetrics.ts'
import { NODE_EXPORTER } from './node-exporter.ts'
import { SHOWMAX } from './showmax.ts'
import { TELEGRAF } from './telegraf.ts'

export type { Host, InterfaceReadings } from './exporter.ts'

/** Everything the names and values are made from. */
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
  hostmetrics: HOSTMETRICS,
}

/**
 * Adds the last sample of every counter under the names of `ecosystems`. It does not mark samples as exported, so it may be called
 * before or after the native counters are added.
 *
 * @param delta the collection has delta temporality: counters are left out, because their values here are totals
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

function addReading(collection: Collection, { title, source, valueType, scope }: Exporter, reading: Reading): void {
  const { name, attributes, value, time, startTime, unit = '' } = reading
  collection.addPoint(
    {
      name,
      kind: startTime === undefined ? 'gauge' : 'counter',
      valueType,
      unit,
      description: `Name used by ${title}.`,
      source,
      ...(scope !== undefined && { scope }),
    },
    { attributes, startTime: startTime ?? time, time, value },
  )
}
