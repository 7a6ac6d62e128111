// A node for property tests: its clocks, its ENIs with what was truly counted, and what the driver reports of it by ethtool and sysfs.
// The drivers behave as ENA's versions do (amzn-drivers, ena_ethtool.c, ena_netdev.c; ARCHITECTURE.md).
import type { Ethtool, PreparedStatistics } from '@ena-otel/ethtool'

import { createFiles, type FileSystem, refuse, STATISTICS } from './files.ts'

/** What is followed: two allowances by ethtool, traffic and drops by sysfs. */
export const KEYS = [
  'bw_in_allowance_exceeded',
  'linklocal_allowance_exceeded',
  'rx_packets',
  'tx_bytes',
  'rx_dropped',
] as const
export type Key = (typeof KEYS)[number]
export const ALLOWANCES: readonly Key[] = ['bw_in_allowance_exceeded', 'linklocal_allowance_exceeded']
const TRAFFIC: readonly Key[] = ['rx_packets', 'tx_bytes']

export interface Driver {
  /** What GET_STATS returns when it fails. */
  readonly habit: 'zero' | 'cached' | 'garbage'
  /** Names total_resets (2.10.0 and newer). */
  readonly countsResets: boolean
  /** Keeps packets and bytes through a reset (2.16.0 and newer). */
  readonly keepsTraffic: boolean
  /**
   * A reset of the device sets the allowances to 0, as AWS documents. Where it doesn't, but total_resets counts it, `bw_in` stays the same
   * above 0: if all rose between two reads, the agent would assume what AWS documents.
   */
  readonly resetClears: boolean
  /** A device that is set down and up is reset, and nothing counts it. */
  readonly upClears: boolean
}

/** What was truly counted: when, and how much. */
export interface Rise {
  readonly time: number
  readonly count: number
}

/** One ENI, wherever it is attached. */
export interface Eni {
  readonly mac: string
  readonly truth: Readonly<Record<Key, { total: number; readonly rises: Rise[] }>>
}

/** One attachment: a network device of the kernel, from its registration to its end. */
export interface Device {
  readonly eni: Eni
  readonly index: number
  readonly bus: string
  name: string
  isThere: boolean
  isUp: boolean
  isResetting: boolean
  isSuspended: boolean
  /** Reads that fail, and say nothing about the device: EIO, EBUSY, EINTR. */
  refusing: number
  /** What it has counted since it was attached, or since the last reset. */
  readonly counted: Record<Key, number>
  readonly events: Record<'total_resets' | 'interface_down' | 'interface_up' | 'suspend' | 'failures', number>
  queues: number
  /** Commands that will fail, and whether the driver counts that. */
  failing: number
  isFailureCounted: boolean
  /** A command was answered since the last that failed: no more than three fail in a row, because zeros that last longer are accepted. */
  isAnswering: boolean
  /** The last answer, for drivers that repeat it. */
  lastAnswer: readonly number[]
}

export interface Kernel {
  readonly sysfs: string
  readonly clock: { readonly now: () => number; readonly steady: () => number }
  readonly devices: Device[]
  readonly ethtool: Ethtool
  /** Whether interfaces came, went or changed since it was asked last. */
  readonly changed: () => boolean
  readonly pass: (ms: number) => void
  /** The machine sleeps: only the wall clock goes on. */
  readonly sleep: (ms: number) => void
  /** Somebody sets the wall clock. */
  readonly setClock: (ms: number) => void
  readonly rise: (device: Device, key: Key, count: number) => void
  readonly attach: (eni: Eni, name: string) => Device
  readonly detach: (device: Device) => void
  readonly rename: (device: Device, name: string) => void
  /** The two swap names. */
  readonly swap: (one: Device, other: Device) => void
  /** To another network namespace, and back: it keeps its index, and counts on. */
  readonly moveAway: (device: Device) => void
  readonly moveBack: (device: Device) => void
  readonly setUp: (device: Device, isUp: boolean) => void
  readonly beginReset: (device: Device) => void
  readonly endReset: (device: Device) => void
  /** Done once, in the middle of the next read. */
  meanwhile: (() => void) | undefined
  /** Where that is: before so many of the files of `statistics`. */
  meanwhileAt: number
  readonly files: FileSystem
}

export const BEGIN = 1_763_725_000_000
/** What an address looks like that lay on the stack. */
const ADDRESS = Number(0xffff_c900_004b_bd58n)

export function createKernel(driver: Driver): Kernel {
  let wall = BEGIN
  let steady = 50_000
  /** The time that truly passed: no clock is set by it. */
  let real = 0
  let indexes = 1
  let isChanged = true
  const devices: Device[] = []
  const there = (name: string): Device | undefined => devices.find((one) => one.isThere && one.name === name)

  const clear = (device: Device, keys: readonly Key[]): void => {
    for (const key of keys) device.counted[key] = 0
  }
  const interrupt = (): void => {
    const now = kernel.meanwhile
    kernel.meanwhile = undefined
    now?.()
  }

  const kernel: Kernel = {
    sysfs: '/model/sys',
    clock: { now: () => wall, steady: () => steady },
    devices,
    meanwhile: undefined,
    meanwhileAt: 0,
    changed: () => {
      const was = isChanged
      isChanged = false
      return was
    },
    pass: (ms) => {
      wall += ms
      steady += ms
      real += ms
    },
    sleep: (ms) => {
      wall += ms
      real += ms
    },
    setClock: (ms) => void (wall += ms),
    rise: (device, key, count) => {
      const { truth } = device.eni
      device.counted[key] += count
      truth[key].total += count
      truth[key].rises.push({ time: real, count })
    },
    attach: (eni, name) => {
      const device: Device = {
        eni,
        index: ++indexes,
        bus: '0000:00:05.0',
        name,
        isThere: true,
        isUp: true,
        isResetting: false,
        isSuspended: false,
        refusing: 0,
        counted: zeros(),
        events: { total_resets: 0, interface_down: 0, interface_up: 1, suspend: 0, failures: 0 },
        queues: 1,
        failing: 0,
        isFailureCounted: false,
        isAnswering: true,
        lastAnswer: [0, 0],
      }
      devices.push(device)
      if (standsStill(driver, STANDING)) kernel.rise(device, STANDING, 1)
      isChanged = true
      return device
    },
    detach: (device) => {
      device.isThere = false
      isChanged = true
    },
    rename: (device, name) => {
      device.name = name
      isChanged = true
    },
    swap: (one, other) => {
      ;[one.name, other.name] = [other.name, one.name]
      isChanged = true
    },
    moveAway: (device) => {
      device.isThere = false
      isChanged = true
    },
    moveBack: (device) => {
      device.isThere = true
      isChanged = true
    },
    setUp: (device, isUp) => {
      if (device.isUp === isUp) return
      device.isUp = isUp
      device.events[isUp ? 'interface_up' : 'interface_down']++
      if (!isUp) return
      if (!driver.keepsTraffic) clear(device, TRAFFIC)
      if (driver.upClears) clear(device, ALLOWANCES)
      if (driver.upClears && standsStill(driver, STANDING)) kernel.rise(device, STANDING, 1)
    },
    beginReset: (device) => void (device.isResetting = true),
    endReset: (device) => {
      if (!device.isResetting) return
      device.isResetting = false
      device.events.total_resets++
      if (!driver.keepsTraffic) clear(device, [...TRAFFIC, 'rx_dropped'])
      if (driver.resetClears) clear(device, ALLOWANCES)
    },
    ethtool: {
      prepare: (name: string, filter?: (key: string) => boolean) => prepare(name, filter),
    } as unknown as Ethtool,
    files: createFiles(devices, (file) => {
      if (file === `statistics/${STATISTICS[kernel.meanwhileAt]}`) interrupt()
    }),
  }

  /** What GSTATS answers, by name; asking is what fails. */
  const ask = (device: Device): Map<string, number> => {
    const { counted, events } = device
    let answer: readonly number[] = ALLOWANCES.map((key) => counted[key])
    let available = 500
    if (device.failing > 0) {
      device.failing--
      if (device.isFailureCounted) events.failures++
      if (driver.habit === 'zero') {
        answer = [0, 0]
        available = 0
      } else if (driver.habit === 'cached') answer = device.lastAnswer
      // Where the driver counts nothing, one of the words is no plausible count.
      else answer = device.isFailureCounted ? [device.lastAnswer[0]! + 3, 1] : [3, ADDRESS]
    } else {
      device.lastAnswer = answer
      device.isAnswering = true
    }
    return new Map([
      ...(driver.countsResets ? ([['total_resets', events.total_resets]] as const) : []),
      ['interface_down', events.interface_down],
      ['interface_up', events.interface_up],
      ['suspend', events.suspend],
      ...ALLOWANCES.map((key, i) => [key, answer[i]!] as const),
      ['conntrack_allowance_available', available],
      ...Array.from({ length: device.queues }, (_, i) => [`queue_${i}_tx_cnt`, 0] as const),
      ['ena_admin_q_no_completion', events.failures],
    ])
  }

  const find = (name: string): Device => {
    const device = there(name)
    if (device && !device.isSuspended) return device
    throw Object.assign(new Error(`${name}: no such device`), { code: 'ENODEV' })
  }

  const prepare = (name: string, filter: (key: string) => boolean = () => true): PreparedStatistics => {
    const namesOf = (device: Device): string[] => {
      const { failing, isAnswering, lastAnswer } = device
      device.failing = 0
      const names = [...ask(device).keys()].filter(filter) // strings are no command
      Object.assign(device, { failing, isAnswering, lastAnswer })
      return names
    }
    const first = find(name)
    let { index } = first
    let names = namesOf(first)
    let values = new BigUint64Array(names.length)
    let lastValues = values
    const close = (): void => undefined
    return {
      get names() {
        return names
      },
      get values() {
        return values
      },
      read: () => {
        interrupt()
        const device = find(name)
        const now = namesOf(device)
        if (device.index !== index || now.join() !== names.join()) {
          index = device.index
          names = now
          values = new BigUint64Array(names.length)
        }
        refuse(device, 'EBUSY')
        const all = ask(device)
        for (const [i, key] of names.entries()) values[i] = BigInt(all.get(key)!)
        const isChangedSet = values !== lastValues // also one that was met by a read which was refused
        lastValues = values
        return isChangedSet
      },
      close,
      [Symbol.dispose]: close,
    }
  }
  return kernel
}

/**
 * A reset that is counted and clears nothing looks like one that clears, if every counter has risen since (reset.ts): AWS documents that
 * it clears them. So here one counter never rises, but is above 0 from the start.
 */
export function standsStill({ countsResets, resetClears }: Driver, key: Key): boolean {
  return countsResets && !resetClears && key === STANDING
}

const STANDING: Key = 'bw_in_allowance_exceeded'

function zeros(): Record<Key, number> {
  return Object.fromEntries(KEYS.map((key) => [key, 0])) as Record<Key, number>
}

export function createEni(mac: string): Eni {
  return {
    mac,
    truth: Object.fromEntries(KEYS.map((key) => [key, { total: 0, rises: [] }])) as unknown as Eni['truth'],
  }
}
