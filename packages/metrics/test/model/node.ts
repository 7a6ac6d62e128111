// What a node puts into the outbox: interfaces that are read, reset, silent, renamed, removed and added again, with their counters taken
// through the agent's own series and collection.
import { createAttributeSets } from '../../src/sampling/attribute-sets.ts'
import { type Collection, createCollection, type Wanted, type MetricPoints } from '../../src/points/points.ts'
import { COUNTERS } from '../../src/table.ts'
import { createSeries, observe } from '../../src/sampling/series.ts'
import { observeThrottled, type TrackedCounter } from '../../src/sampling/tracker.ts'

export interface Node {
  /** Time passes, each counter rises by so much, and what can be read is read. */
  readonly sample: (ms: number, rises: readonly number[]) => void
  /** What has happened since it was called last: of all, or of what rose after it was quiet. */
  readonly collect: (wanted: Wanted) => readonly MetricPoints[]
  readonly act: (action: Action, slot: number) => void
  /** The machine slept, or its clock was set: also back. */
  readonly jump: (ms: number) => void
  readonly now: () => number
}

export const ACTIONS = ['reset', 'silence', 'speak', 'rename', 'swap', 'end', 'begin again', 'begin another'] as const
export type Action = (typeof ACTIONS)[number]

/** So many interfaces at a time. */
export const SLOTS = 3
export const BEGIN = 1_795_262_400_000

/** One that is usually quiet, with its throttled seconds, and one that is busy, with its peak. */
const ROWS = ['linklocal_allowance_exceeded', 'rx_packets'].map((key) => COUNTERS.find((row) => row.key === key)!)

interface Counted extends TrackedCounter {
  value: number
}

interface Device {
  readonly eni: number
  name: string
  /** Another one after each rename. */
  owner: string
  readonly counters: readonly Counted[]
  isThere: boolean
  isSilent: boolean
  isReset: boolean
}

export function createNode(temporality: 'cumulative' | 'delta'): Node {
  let time = BEGIN
  let steadyMs = 0
  let lastReadTime = BEGIN
  let enis = 0
  let owners = 0
  const attributeSets = createAttributeSets()
  const deltaSince = temporality === 'delta' ? BEGIN : undefined
  let newestTime = -Infinity
  const newest = (): number => (newestTime > time ? -Infinity : newestTime)
  const beginCollection = (): Collection => createCollection({ deltaSince, attributeSets, newest })
  let next = beginCollection()

  const attach = (eni: number, name: string, value: number, startTime: number, zeroTime?: number): Device => ({
    eni,
    name,
    owner: `${++owners}`,
    counters: ROWS.map((counter) => ({
      counter,
      series: createSeries('counter', counter.busy !== true, startTime, zeroTime),
      throttled: counter.throttled === undefined ? undefined : createSeries('counter', false, undefined),
      value,
    })),
    isThere: true,
    isSilent: false,
    isReset: false,
  })
  /** These have counted before anybody looked. */
  const devices = Array.from({ length: SLOTS }, (_, slot) => attach(enis++, `eth${slot}`, 100, BEGIN - 1_000_000))

  /** Those with an odd number have no id: an interface that gets the name of one continues its series. */
  const add = (collection: Collection, { eni, name, counters, owner }: Device, wanted: Wanted): void => {
    const id = eni % 2 === 0 && { 'ena.eni.id': `eni-${eni}` }
    collection.add({ counters, attributes: { 'network.interface.name': name, ...id }, owner }, wanted)
  }

  const end = (device: Device): void => {
    if (!device.isThere) return
    device.isThere = false
    add(next, device, 'all')
  }

  const rename = (device: Device, name: string): void => {
    if (device.isThere) add(next, device, 'all')
    device.name = name
    device.owner = `${++owners}`
  }

  const begin = (slot: number, isAnother: boolean): void => {
    const old = devices[slot]!
    end(old)
    devices[slot] = attach(isAnother ? enis++ : old.eni, old.name, 0, lastReadTime, lastReadTime + 1)
  }

  const read = (device: Device, rise: number): void => {
    for (const counted of device.counters) {
      const { counter, series, throttled } = counted
      counted.value = (device.isReset ? 0 : counted.value) + (counter.busy === true ? 10 * rise : rise)
      if (device.isSilent) continue
      // Of allowances the agent knows, from the others (reset.ts); not at the first sample.
      const wasReset = device.isReset && counter.busy !== true && series.time !== undefined
      const sample = { value: counted.value, time, steadyMs, endMs: steadyMs, wasReset }
      observe(series, sample)
      if (throttled) observeThrottled(throttled, series, sample)
    }
    if (!device.isSilent) device.isReset = false
  }

  return {
    now: () => time,
    jump: (ms) => {
      time += ms
      steadyMs += Math.max(0, ms)
    },
    sample: (ms, rises) => {
      time += ms
      steadyMs += ms
      lastReadTime = time
      devices.forEach((device, slot) => {
        if (device.isThere) read(device, rises[slot]!)
      })
    },
    collect: (wanted) => {
      const collection = next
      next = beginCollection()
      for (const device of devices) if (device.isThere) add(collection, device, wanted)
      const metrics = collection.metrics()
      newestTime = Math.max(newest(), ...metrics.flatMap(({ points }) => points.map((point) => point.time)))
      if (wanted === 'all') newestTime = Math.max(newestTime, time)
      return metrics
    },
    act: (action, slot) => {
      const device = devices[slot]!
      if (action === 'reset') device.isReset = true
      else if (action === 'silence') device.isSilent = true
      else if (action === 'speak') device.isSilent = false
      else if (action === 'rename')
        rename(device, /eth/.test(device.name) ? device.name.replace('eth', 'ens') : device.name.replace('ens', 'eth'))
      else if (action === 'swap') {
        const other = devices[(slot + 1) % SLOTS]!
        const { name } = device
        rename(device, other.name)
        rename(other, name)
      } else if (action === 'end') end(device)
      else begin(slot, action === 'begin another')
    },
  }
}
