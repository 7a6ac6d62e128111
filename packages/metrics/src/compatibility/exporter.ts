// What a row of names is made from, and what comes out of it: the counters that were read, as another exporter would say them.
import type { NetworkInterface } from '../interfaces/interface.ts'
import type { LinkFacts } from '../interfaces/link-facts.ts'
import type { Series } from '../sampling/series.ts'
import type { TrackedCounter } from '../sampling/tracker.ts'
import type { Attributes } from '../points/points.ts'
import type { CounterSource } from '../table.ts'

/** One interface: what it is, its counters, and what is known of its link (without it nothing is said that needs it). */
export interface InterfaceReadings {
  readonly interface: NetworkInterface
  readonly counters: Iterable<TrackedCounter>
  readonly link?: LinkFacts | undefined
}

/** The node that the counters belong to, as the other exporters name it. */
export interface Host {
  /** What `hostname` says: telegraf's `host`. */
  readonly name: string
  /** `i-…`; `undefined` until it is known and everywhere but on EC2. */
  readonly instanceId?: string | undefined
}

/** One value under another exporter's name. */
export interface Reading {
  readonly name: string
  readonly attributes: Attributes
  readonly value: number
  /** When it was read, milliseconds since the epoch. */
  readonly time: number
  /** Set where the other exporter sends a count: since when it counts. Without it the reading is a gauge. */
  readonly startTime?: number
}

/** Another exporter: how it would name and label what was read. */
export interface Exporter {
  /** Whose names they are, for the description of the metrics. */
  readonly title: string
  /** Where the names come from: repository, file, version. */
  readonly source: string
  readonly interface: (nic: ReadInterface, host: Host) => Iterable<Reading>
  readonly conntrack: (counters: ReadCounters) => Iterable<Reading>
}

/** Last samples by the kernel's own names, in its order. What was never read is not among them. */
export type ReadCounters = ReadonlyMap<string, Series>

export interface ReadInterface extends Readonly<Record<Exclude<CounterSource, 'conntrack'>, ReadCounters>> {
  readonly name: string
  readonly driver: string
  readonly link: LinkFacts | undefined
  /** The newest of its samples, milliseconds since the epoch; NaN when nothing of it was read. */
  readonly time: number
}

/** The counters of one reader that have been read at least once. */
export function readCounters(counters: Iterable<TrackedCounter>, from: CounterSource): ReadCounters {
  const read = new Map<string, Series>()
  for (const { counter, series } of counters) {
    if (counter.from === from && !Number.isNaN(series.time)) read.set(counter.key, series)
  }
  return read
}

/** An interface's counters, by reader. */
export function byReader({ interface: nic, counters, link }: InterfaceReadings): ReadInterface {
  const all = [...counters]
  const times = all.map(({ series }) => series.time).filter((time) => !Number.isNaN(time))
  return {
    name: nic.name,
    driver: link?.driver?.driver ?? nic.driver ?? '',
    ethtool: readCounters(all, 'ethtool'),
    statistics: readCounters(all, 'statistics'),
    link,
    time: times.length === 0 ? Number.NaN : times.reduce((newest, time) => Math.max(newest, time)),
  }
}
