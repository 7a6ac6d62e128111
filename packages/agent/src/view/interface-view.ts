// What a person wants to know about each interface, updated with each collection.
import { type AttachedInterface, COUNTERS } from '@ena-otel/metrics'

import type { MetricPoints } from './metric-points.ts'
import { NODE, pointsByInterface, type SeriesByKey, seriesKey, type SeriesPoints } from './points-by-series.ts'
import { type SeriesView, sumOf, updateSeries } from './series-view.ts'

/** One direction; each is `undefined` when it has never been read. */
export interface Traffic {
  readonly packets: SeriesView | undefined
  readonly bytes: SeriesView | undefined
}

export interface Allowance {
  /** bw_in, bw_out, pps, conntrack, linklocal */
  readonly name: string
  readonly exceeded: SeriesView
  /** One-second slots in which it rose, since the first update. */
  readonly throttledSeconds: number
}

/** Of both directions. */
type Both = Pick<SeriesView, 'risen' | 'perSecond'>

export interface InterfaceView extends AttachedInterface {
  readonly receive: Traffic
  readonly transmit: Traffic
  /** Of both directions, like `errors`; `undefined` when never read. */
  readonly dropped: Both | undefined
  readonly errors: Both | undefined
  /** Those that the driver offers. */
  readonly allowances: readonly Allowance[]
  /** Tracked connections that the instance can still open; `undefined` when not offered or not read this time. */
  readonly conntrackAvailable: number | undefined
  /** The highest number of them seen. */
  readonly conntrackHighest: number | undefined
}

/** The kernel's own connection tracking; each is `undefined` when the kernel doesn't offer it. */
export interface NodeView {
  readonly entries: number | undefined
  readonly maxEntries: number | undefined
  readonly insertFailed: SeriesView | undefined
  readonly dropped: SeriesView | undefined
  readonly evicted: SeriesView | undefined
}

export interface View {
  readonly interfaces: readonly InterfaceView[]
  readonly node: NodeView
}

export interface Viewer {
  /** Adds what was collected since the previous update (cumulative points), and the interfaces of the last sweep. */
  readonly update: (metrics: readonly MetricPoints[], interfaces: readonly AttachedInterface[]) => View
}

/** The series of an interface or of the node, with what was collected of it since the previous update. */
interface Group {
  readonly series: ReadonlyMap<string, SeriesView>
  readonly collected: SeriesByKey
}

/** A viewer without any update yet. */
export function createViewer(): Viewer {
  let before = new Map<string, Group>()
  return {
    update: (metrics, interfaces) => {
      const collected = pointsByInterface(metrics)
      const groups = new Map<string, Group>()
      const group = (key: string, name: string): Group => {
        const updated = updateGroup(before.get(key), collected.get(name) ?? new Map())
        groups.set(key, updated)
        return updated
      }
      const view = {
        interfaces: interfaces.map((nic) => interfaceView(nic, group(nic.key, nic.name))),
        node: nodeView(group(NODE, NODE)),
      }
      before = groups // detached interfaces are forgotten
      return view
    },
  }
}

/** Metric of a counter → metric of its peak. */
const PEAKS: ReadonlyMap<string, string> = new Map(
  COUNTERS.flatMap(({ metric, peak }) => (peak ? [[metric, peak]] : [])),
)

function updateGroup(before: Group | undefined, collected: SeriesByKey): Group {
  const series = new Map<string, SeriesView>()
  for (const key of new Set([...(before?.series.keys() ?? []), ...collected.keys()])) {
    const found = collected.get(key)
    if (found && found.metric.kind !== 'counter') continue
    const updated = updateSeries(before?.series.get(key), found?.points ?? [], found && peakOf(found, collected))
    if (updated) series.set(key, updated)
  }
  return { series, collected }
}

function peakOf({ metric, attributes }: SeriesPoints, collected: SeriesByKey): number | undefined {
  const peak = PEAKS.get(metric.name)
  return peak === undefined ? undefined : lastValue(collected, peak, ...Object.values(attributes))
}

function lastValue(collected: SeriesByKey, ...key: Parameters<typeof seriesKey>): number | undefined {
  return collected.get(seriesKey(...key))?.points.at(-1)?.value
}

const ALLOWANCES = COUNTERS.flatMap(({ attributes }) => attributes['ena.allowance.name'] ?? [])

function interfaceView(nic: AttachedInterface, { series, collected }: Group): InterfaceView {
  const of = (...key: Parameters<typeof seriesKey>): SeriesView | undefined => series.get(seriesKey(...key))
  const traffic = (direction: string): Traffic => ({
    packets: of('system.network.packet.count', direction),
    bytes: of('system.network.io', direction),
  })
  const sum = (metric: string): Both | undefined => sumOf(of(metric, 'receive'), of(metric, 'transmit'))
  return {
    ...nic,
    receive: traffic('receive'),
    transmit: traffic('transmit'),
    dropped: sum('system.network.packet.dropped'),
    errors: sum('system.network.errors'),
    allowances: ALLOWANCES.flatMap((name) => {
      const exceeded = of('ena.allowance.exceeded', name)
      const throttledSeconds = of('ena.allowance.throttled.time', name)?.total ?? 0
      return exceeded ? [{ name, exceeded, throttledSeconds }] : []
    }),
    conntrackAvailable: lastValue(collected, 'ena.conntrack.available'),
    conntrackHighest: lastValue(collected, 'ena.conntrack.capacity'),
  }
}

function nodeView({ series, collected }: Group): NodeView {
  return {
    entries: lastValue(collected, 'system.network.conntrack.count'),
    maxEntries: lastValue(collected, 'system.network.conntrack.max'),
    insertFailed: series.get('ena.node.conntrack.insert_failed'),
    dropped: series.get(seriesKey('ena.node.conntrack.dropped', 'failed')),
    evicted: series.get(seriesKey('ena.node.conntrack.dropped', 'evicted')),
  }
}
