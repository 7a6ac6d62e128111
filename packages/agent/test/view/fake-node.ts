// A node for tests of views: interfaces whose values the test sets, read by the real trackers, series and collections.
import { type Attachment, trackedCounters } from '../../../metrics/src/sampling/attachments.ts'
import { guardEthtool, guardStatistics } from '../../../metrics/src/sampling/guard.ts'
import { createCollection, type MetricPoints } from '../../../metrics/src/points/points.ts'
import type { CounterSource } from '../../../metrics/src/table.ts'
import type { Block, Reader } from '../../../metrics/src/readers/block.ts'
import { createTracker, type Tracker } from '../../../metrics/src/sampling/tracker.ts'
import { type AttachedInterface, attachedInterfaces } from '../../src/view/attached-interfaces.ts'
import { createViewer, type View } from '../../src/view/interface-view.ts'

/** Values of one reader by the kernel's names. */
export type Values = Readonly<Record<string, number>>

export interface FakeInterface {
  readonly name: string
  readonly driver?: string
  readonly eniId?: string
  /** What `statistics` holds; `down` when the interface isn't up. */
  readonly statistics: Values | 'down'
  /** What ethtool gives; left out: the driver offers none of it. */
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

/** What the ENA driver 2.17 offers and the agent reads, of an interface at peace. */
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
  readonly source: Parameters<typeof attachedInterfaces>[0]
}

/** @param stepMs from one sweep to the next */
export function fakeNode(stepMs = 1000): FakeNode {
  const attachments = new Map<string, Attachment>()
  const trackers = new Map<string, { readonly tracker: Tracker; readonly set: (values: Values | 'down') => void }>()
  const counts = { lastSweepTime: 0 }
  const eniIds = new Map<string, string | undefined>()
  let problems: ReadonlyMap<string, string> = new Map()
  let conntrack: Tracker | undefined
  let sweeps = 0

  const read = (key: string, from: CounterSource, values: Values | 'down'): Tracker => {
    let known = trackers.get(key)
    if (!known) {
      const { reader, set } = fakeReader(from, values === 'down' ? QUIET_STATISTICS : values)
      const guard = { ethtool: guardEthtool, statistics: guardStatistics, conntrack: undefined }[from]
      trackers.set(key, (known = { tracker: createTracker(reader, guard, START - 3_600_000), set }))
    }
    known.set(values)
    known.tracker.sample('all', counts.lastSweepTime, sweeps * stepMs)
    return known.tracker
  }

  const source = {
    sweep: { attachments: () => [...attachments.values()], problems: () => problems },
    counts,
    eniId: (mac: string) => eniIds.get(mac),
  }
  return {
    source,
    attached: () => attachedInterfaces(source),
    sweep: (now) => {
      counts.lastSweepTime = START + sweeps * stepMs
      problems = new Map(Object.entries(now.problems ?? {}))
      for (const [i, { name, driver, eniId, statistics, ethtool }] of now.interfaces.entries()) {
        const mac = `02:00:00:00:00:${i.toString(16).padStart(2, '0')}`
        const attachment = attachments.get(name) ?? {
          interface: { name, index: i + 2, mac, bus: driver && `0000:00:${i}.0`, driver },
          startTime: START,
          zeroTime: Number.NaN,
          readings: (['statistics', 'ethtool'] as const).map((reader) => ({
            reader,
            what: `${name} ${reader}`,
            tracker: undefined as Tracker | undefined,
            isStale: false,
          })),
        }
        eniIds.set(mac, eniId)
        attachments.set(name, attachment)
        if (!problems.has(`${name} statistics`))
          attachment.readings[0]!.tracker = read(`${name} statistics`, 'statistics', statistics)
        if (ethtool && !problems.has(`${name} ethtool`))
          attachment.readings[1]!.tracker = read(`${name} ethtool`, 'ethtool', ethtool)
      }
      const names = new Set(now.interfaces.map(({ name }) => name))
      for (const name of attachments.keys()) if (!names.has(name)) attachments.delete(name)
      if (now.conntrack) conntrack = read('conntrack', 'conntrack', now.conntrack)
      sweeps++

      const collection = createCollection()
      for (const attachment of attachments.values()) {
        const { interface: nic } = attachment
        const eni = eniIds.get(nic.mac)
        const attributes = { 'network.interface.name': nic.name, ...(eni && { 'ena.eni.id': eni }) }
        collection.add({ counters: trackedCounters(attachment), attributes })
      }
      if (conntrack) collection.add({ counters: conntrack.tracked(), attributes: {} })
      return collection.metrics()
    },
  }
}

/** The view after these sweeps, one look each. */
export function viewAfter(sweeps: readonly FakeSweep[]): View {
  const node = fakeNode()
  const viewer = createViewer()
  let view: View | undefined
  for (const sweep of sweeps) view = viewer.look(node.sweep(sweep), node.attached())
  if (!view) throw new TypeError('viewAfter: no sweeps')
  return view
}

function fakeReader(from: CounterSource, first: Values): { reader: Reader; set: (values: Values | 'down') => void } {
  const names = Object.keys(first)
  const block: Block = { from, names, values: new Float64Array(names.length) }
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
