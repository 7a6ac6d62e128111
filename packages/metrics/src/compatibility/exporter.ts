// The interface of a compatibility set: from the counters that were read to the metrics of another exporter.
import type { NetworkInterface } from '../interfaces/interface.ts'
import type { LinkFacts } from '../interfaces/link-facts.ts'
import { isSampled, type SampledSeries } from '../sampling/series.ts'
import type { TrackedCounter } from '../sampling/tracker.ts'
import type { SampledPoint } from '../sampling/value.ts'
import type { Attributes } from '../points/points.ts'
import type { CounterSource, Metric } from '../table.ts'

/** One interface with its counters. Without `link`, metrics that need it are left out. */
export interface CompatibilityInterface {
  readonly interface: NetworkInterface
  readonly counters: Iterable<TrackedCounter>
  readonly link?: LinkFacts | undefined
}

/** The node that the counters belong to. */
export interface Host {
  /** The hostname: telegraf's `host`. */
  readonly name: string
  /** `i-…`. `undefined` outside EC2 and until it is known. */
  readonly instanceId?: string | undefined
}

/** One value under another exporter's name. */
export interface ExporterPoint {
  readonly name: string
  readonly attributes: Attributes
  readonly value: number
  /** When it was read, milliseconds since the epoch. */
  readonly time: number
  /** Set where the other exporter sends a counter: when the count began. Without it the point is of a gauge. */
  readonly startTime?: number
  /** UCUM. Default: none, because the exporters for Prometheus send no unit. */
  readonly unit?: string
}

/** Another exporter, with its names and labels. */
export interface Exporter {
  /** Its name in the description of the metrics. */
  readonly title: string
  /** Where the names come from: repository, file, version. */
  readonly source: string
  /** The number type of all its metrics. Default: double, as Prometheus, telegraf, CloudWatch and Datadog send. */
  readonly valueType?: Metric['valueType']
  /** Its instrumentation scope, if it is one of OpenTelemetry's. Without it: ours. */
  readonly scope?: string
  readonly interface: (nic: InterfaceCounters, host: Host) => Iterable<ExporterPoint>
  /** Its gauges of connection tracking: the kernel's name and its own. */
  readonly conntrack?: readonly (readonly [key: string, name: string])[]
}

/** A point of a gauge. */
export function gauge(
  name: string,
  attributes: Attributes,
  { value, time }: Pick<SampledSeries, 'value' | 'time'>,
): ExporterPoint {
  return { name, attributes, value, time }
}

/** Last samples by the kernel's names, in the kernel's order. Only counters that were read. */
export type ReadCounters = ReadonlyMap<string, SampledSeries>

export interface InterfaceCounters {
  readonly name: string
  readonly driver: string
  readonly ethtool: ReadCounters
  readonly statistics: ReadCounters
  /** `undefined` when it is unknown, or nothing of the interface was read. */
  readonly link: LinkFacts | undefined
  /** The newest of its samples, milliseconds since the epoch. */
  readonly time: number
}

/** The counters of one reader that have been read at least once. */
export function readCounters(counters: Iterable<TrackedCounter>, from: CounterSource): ReadCounters {
  const read = new Map<string, SampledSeries>()
  for (const { counter, series } of counters) {
    if (counter.from === from && isSampled(series)) read.set(counter.key, series)
  }
  return read
}

/** The sum of these counters with the newest of their times; `undefined` unless all of them were read. */
export function sumOf(counters: ReadCounters, keys: readonly string[]): SampledPoint | undefined {
  const parts = keys.flatMap((key) => counters.get(key) ?? [])
  if (parts.length < keys.length) return undefined
  return {
    value: parts.reduce((total, { value }) => total + value, 0),
    time: Math.max(...parts.map(({ time }) => time)),
    startTime: Math.max(...parts.map(({ startTime }) => startTime)),
  }
}

/** An interface's counters, by reader. */
export function interfaceCounters({ interface: nic, counters, link }: CompatibilityInterface): InterfaceCounters {
  const all = [...counters]
  const ethtool = readCounters(all, 'ethtool')
  const statistics = readCounters(all, 'statistics')
  const time = [...ethtool.values(), ...statistics.values()].reduce((newest, one) => Math.max(newest, one.time), 0)
  const driver = link?.driver?.driver ?? nic.driver ?? ''
  return { name: nic.name, driver, ethtool, statistics, link: time > 0 ? link : undefined, time }
}
