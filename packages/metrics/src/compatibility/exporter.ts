// The interface of a compatibility set: from the counters that were read to the metrics of another exporter.
import type { NetworkInterface } from '../interfaces/interface.ts'
import type { LinkFacts } from '../interfaces/link-facts.ts'
import { isSampled, type SampledSeries } from '../sampling/series.ts'
import type { TrackedCounter } from '../sampling/tracker.ts'
import type { Attributes } from '../points/points.ts'
import type { CounterSource, Metric } from '../table.ts'

/** One interface with its counters. Without `link`, metrics that need it are left out. */
export interface InterfaceReadings {
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
export interface Reading {
  readonly name: string
  readonly attributes: Attributes
  readonly value: number
  /** When it was read, milliseconds since the epoch. */
  readonly time: number
  /** Set where the other exporter sends a counter: when the count began. Without it the reading is a gauge. */
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
  /** The number type of all its metrics. Prometheus, telegraf, CloudWatch and Datadog send floating-point numbers. */
  readonly valueType: Metric['valueType']
  /** Its instrumentation scope, if it is one of OpenTelemetry's. Without it: ours. */
  readonly scope?: string
  readonly interface: (nic: ReadInterface, host: Host) => Iterable<Reading>
  readonly conntrack: (counters: ReadCounters) => Iterable<Reading>
}

/** Last samples by the kernel's names, in the kernel's order. Only counters that were read. */
export type ReadCounters = ReadonlyMap<string, SampledSeries>

export interface ReadInterface extends Readonly<Record<Exclude<CounterSource, 'conntrack'>, ReadCounters>> {
  readonly name: string
  readonly driver: string
  readonly link: LinkFacts | undefined
  /** The newest of its samples, milliseconds since the epoch; NaN when nothing of it was read. */
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
export function sumOf(
  counters: ReadCounters,
  keys: readonly string[],
): { readonly value: number; readonly time: number; readonly startTime: number } | undefined {
  const parts = keys.map((key) => counters.get(key)).filter((series) => series !== undefined)
  if (parts.length < keys.length) return undefined
  return {
    value: parts.reduce((total, { value }) => total + value, 0),
    time: parts.reduce((newest, { time }) => Math.max(newest, time), 0),
    startTime: parts.reduce((newest, { startTime }) => Math.max(newest, startTime), 0),
  }
}

/** An interface's counters, by reader. */
export function byReader({ interface: nic, counters, link }: InterfaceReadings): ReadInterface {
  const all = [...counters]
  const times = all.flatMap(({ series: { time } }) => (time === undefined ? [] : [time]))
  return {
    name: nic.name,
    driver: link?.driver?.driver ?? nic.driver ?? '',
    ethtool: readCounters(all, 'ethtool'),
    statistics: readCounters(all, 'statistics'),
    link,
    time: times.length === 0 ? Number.NaN : times.reduce((newest, time) => Math.max(newest, time)),
  }
}
