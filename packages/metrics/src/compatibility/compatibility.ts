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
import {
  type CompatibilityInterface,
  type Exporter,
  type ExporterPoint,
  gauge,
  type Host,
  interfaceCounters,
  readCounters,
} from './exporter.ts'
import { HOSTMETRICS } from './hostmetrics.ts'
import { NODE_EXPORTER } from './node-exporter.ts'
import { SHOWMAX } from './showmax.ts'
import { TELEGRAF } from './telegraf.ts'

/** Everything the names and values are made from. */
export interface CompatibilitySource {
  readonly interfaces: Iterable<CompatibilityInterface>
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
  const nics = [...interfaces].map(interfaceCounters)
  const counters = readCounters(conntrack, 'conntrack')
  for (const ecosystem of new Set(ecosystems)) {
    const exporter = EXPORTERS[ecosystem]
    for (const nic of nics) {
      for (const point of exporter.interface(nic, host))
        if (point.startTime === undefined || !delta) addExporterPoint(collection, exporter, point)
    }
    for (const [key, name] of exporter.conntrack ?? []) {
      const series = counters.get(key)
      if (series) addExporterPoint(collection, exporter, gauge(name, {}, series))
    }
  }
}

function addExporterPoint(collection: Collection, exporter: Exporter, point: ExporterPoint): void {
  const { title, source, valueType = 'double', scope } = exporter
  const { name, attributes, value, time, startTime, unit = '' } = point
  const kind = startTime === undefined ? 'gauge' : 'counter'
  const description = `Name used by ${title}.`
  collection.addPoint(
    { name, kind, valueType, unit, description, source, ...(scope !== undefined && { scope }) },
    { attributes, startTime: Math.min(startTime ?? time, time), time, value },
  )
}
