// A node for tests of views: interfaces whose values the test sets, read by the real trackers, series and collections.
import { createCollection, type MetricPoints } from '../../../metrics/src/points/points.ts'
import type { ReadBuffer, Reader } from '../../../metrics/src/readers/block.ts'
import { type AttachedInterface, attachedInterfaces } from '../../../metrics/src/sampling/attached-interfaces.ts'
import { createAttributeSets } from '../../../metrics/src/sampling/attribute-sets.ts'
import type { Attachment } from '../../../metrics/src/sampling/attachments.ts'
import { guardEthtool, guardStatistics } from '../../../metrics/src/sampling/guard.ts'
import { createTracker, type Tracker } from '../../../metrics/src/sampling/tracker.ts'
import type { CounterSource } from '../../../metrics/src/table.ts'
import { createViewer, type View } from '../../src/view/interface-view.ts'

/** Values of one reader by the kernel's names. */
export type Values = Readonly<Record<string, number>>

export interface FakeInterface {
  readonly name: string
  readonly driver?: string
  readonly eniId?: string
  /** What `statistics` holds; `down` when the interface isn't up. */
  readonly statistics: Values | 'down'
  /** What ethtool returns; left out: the driver offers none of it. */
  readonly ethtool?: Values
}

export interface FakeSweep {
  readonly interfaces: readonly FakeInterface[]
  readonly conntrack?: Values
  readonly problems?: Readonly<Record<string, string>>
}

/** The counters of a fresh interface. */
export const QUIET_STATISTICS: Values = {
  rx_bytes: 0,
  rx_packets: 0,
  tx_bytes: 0,
  tx_packets: 0,
  rx_dropped: 0,
  tx_dropped: 0,
  rx_errors: 0,
  tx_errors: 0,
  rx_crc_errors: 0,
  multicast: 0,
}

/** What the ENA driver 2.17 offers and the agent reads, of an idle interface. */
export const QUIET_ENA: Values = {
  total_resets: 0,
  interface_up: 1,
  interface_down: 0,
  bw_in_allowance_exceeded: 0,
  bw_out_allowance_exceeded: 0,
  pps_allowance_exceeded: 0,
  conntrack_allowance_exceeded: 0,
  linklocal_allowance_exceeded: 0,
  conntrack_allowance_available: 136_812,
}

/** 2026-11-21T12:00:00Z */
export const START = 1_795_262_400_000

export interface FakeNode {
  /** Reads everything once, one second after the last time, and collects. */
  readonly sweep: (now: FakeSweep) => readonly MetricPoints[]
  /** The interfaces of the last sweep. */
  readonly attached: () => readonly AttachedInterface[]
}

/** @param stepMs from one sweep to the next */
export function fakeNode(stepMs = 1000): FakeNode {
  const trackers = new Map<string, { readonly tracker: Tracker; readonly set: (values: Values | 'down') => void }>()
  let attached: readonly AttachedInterface[] = []
  let sweeps = 0

  const macOf = (i: number): string => `02:00:00:00:00:${i.toString(16).padStart(2, '0')}`
  const read = (key: string, from: CounterSource, values: Values | 'down'): Tracker => {
    let known = trackers.get(key)
    if (!known) {
      const { reader, set } = fakeReader(from, values === 'down' ? QUIET_STATISTICS : values)
      const guard = { ethtool: guardEthtool, statistics: guardStatistics, conntrack: undefined }[from]
      trackers.set(key, (known = { tracker: createTracker(reader, guard, START - 3_600_000), set }))
    }
    known.set(values)
    known.tracker.sample('all', START + sweeps * stepMs, sweeps * stepMs)
    return known.tracker
  }

  const attributeSets = createAttributeSets()
  return {
    attached: () => attached,
    sweep: ({ interfaces, conntrack, problems = {} }) => {
      const collection = createCollection({ attributeSets })
      const attachments = interfaces.map(({ name, driver, eniId, statistics, ethtool }, i): Attachment => {
        const attributes = { 'network.interface.name': name, ...(eniId && { 'ena.eni.id': eniId }) }
        const add = (reader: 'statistics' | 'ethtool', values: Values | 'down'): void => {
          const key = `${name} ${reader}`
          if (!(key in problems)) read(key, reader, values)
          collection.add({ counters: trackers.get(key)?.tracker.tracked() ?? [], attributes })
        }
        add('statistics', statistics)
        if (ethtool) add('ethtool', ethtool)
        const nic = { name, index: i + 2, mac: macOf(i), bus: undefined, driver }
        const tracker = trackers.get(`${name} statistics`)?.tracker
        const readings = [{ reader: 'statistics', tracker, isDown: statistics === 'down' }]
        return { interface: nic, readings } as unknown as Attachment
      })
      const sweep = { attachments: () => attachments, problems: () => new Map(Object.entries(problems)) }
      const eniIds = new Map(interfaces.map(({ eniId }, i) => [macOf(i), eniId]))
      attached = attachedInterfaces(sweep, (mac) => eniIds.get(mac))
      if (conntrack) collection.add({ counters: read('conntrack', 'conntrack', conntrack).tracked(), attributes: {} })
      sweeps++
      return collection.metrics()
    },
  }
}

/** The view after these sweeps, with an update for each. */
export function viewAfter(sweeps: readonly FakeSweep[]): View {
  const node = fakeNode()
  const viewer = createViewer()
  let view: View | undefined
  for (const sweep of sweeps) view = viewer.update(node.sweep(sweep), node.attached())
  if (!view) throw new TypeError('viewAfter: no sweeps')
  return view
}

function fakeReader(from: CounterSource, first: Values): { reader: Reader; set: (values: Values | 'down') => void } {
  const names = Object.keys(first)
  const block: ReadBuffer = { from, names, values: new Float64Array(names.length) }
  let current: Values | 'down' = first
  return {
    set: (values) => {
      current = values
    },
    reader: {
      block,
      close: () => undefined,
      read: () => {
        if (current === 'down') return 'absent'
        for (const [i, name] of names.entries()) block.values[i] = current[name] ?? Number.NaN
        return 'read'
      },
    },
  }
}
