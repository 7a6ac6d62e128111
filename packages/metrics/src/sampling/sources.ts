// What is read: of an interface the kernel's statistics and those of its driver, of the node its connection tracking.
import type { Ethtool } from '@ena-otel/ethtool'

import { type NetworkInterface, readIndex, readSpeed } from '../interfaces/interface.ts'
import type { Reader } from '../readers/block.ts'
import { openConntrack } from '../readers/conntrack.ts'
import { openEthtoolStatistics } from '../readers/ethtool.ts'
import { openStatistics } from '../readers/statistics.ts'
import { type GuardFor, guardEthtool, guardStatistics, maxLinkBits } from './guard.ts'
import type { Source } from './reading.ts'
import { createTracker, type Detail } from './tracker.ts'

export const INTERFACE_READERS = ['statistics', 'ethtool'] as const
export type InterfaceReader = (typeof INTERFACE_READERS)[number]

export interface ReaderOptions {
  readonly sysfs: string
  readonly ethtool: Ethtool
  /** Other ethtool statistics to read, by name. */
  readonly statistics: Pick<RegExp, 'test'> | undefined
  readonly detail?: Detail
}

/** Since when the counters of an interface count. */
export interface Origin {
  /** Milliseconds since the epoch. */
  readonly startTime: number
  /** When they were certainly 0, where it appeared while the agent was running; `undefined` where it was there before. */
  readonly zeroTime: number | undefined
}

/** @param owner asked at each opening for the interface, which may have been renamed */
export function interfaceSource(
  kind: InterfaceReader,
  owner: Origin & { readonly interface: NetworkInterface },
  options: ReaderOptions,
): Source {
  const { sysfs, ethtool, statistics, detail } = options
  let linkBits: number | undefined
  const open: Source['open'] = (report) => {
    const { name, bus, driver } = owner.interface
    if (kind === 'ethtool') return openEthtoolStatistics(ethtool, name, driver, statistics)
    linkBits = bus === undefined ? undefined : maxLinkBits(readSpeed(sysfs, name))
    return openStatistics(sysfs, name, report, bus !== undefined)
  }
  const guard: GuardFor = (names) => (kind === 'ethtool' ? guardEthtool(names) : guardStatistics(names, linkBits))
  return {
    reader: kind,
    comesAndGoes: false,
    open: (report) => verified(open(report), owner.interface, sysfs),
    track: (reader) => createTracker(reader, guard, owner.startTime, owner.zeroTime, detail),
  }
}

/**
 * The reader, but it refuses to read another interface that has taken the name. Files are opened by name, and ethtool asks by name at each
 * read: a reader whose names have changed may be that of another device.
 *
 * @throws Error with `code` ENODEV, from `read` as well, when it is another interface
 */
function verified(reader: Reader | undefined, { name, index }: NetworkInterface, sysfs: string): Reader | undefined {
  if (reader === undefined) return undefined
  const verify = (): void => {
    if (readIndex(sysfs, name) === index) return
    throw Object.assign(new Error(`${name}: another interface has this name now (ENODEV)`), { code: 'ENODEV' })
  }
  try {
    verify()
  } catch (error) {
    reader.close()
    throw error
  }
  return {
    ...reader,
    read: (coverage) => {
      const outcome = reader.read(coverage)
      if (outcome === 'changed') verify()
      return outcome
    },
  }
}

/**
 * Connection tracking. Its kernel module may be loaded and unloaded at any time.
 *
 * @param bootTime since when it counts where it was there from the start, milliseconds since the epoch
 * @param now the time, milliseconds since the epoch
 */
export function conntrackSource(procfs: string, bootTime: number, now: () => number, detail?: Detail): Source {
  /** When the module was not loaded; `undefined` where it was there from the start. */
  let absentTime: number | undefined
  return {
    reader: 'conntrack',
    comesAndGoes: true, // the kernel answers EIO, among others, once the module is gone
    open: () => {
      const reader = openConntrack(procfs)
      if (reader === undefined) absentTime = now()
      return reader
    },
    track: (reader) => {
      const zeroTime = absentTime === undefined ? undefined : absentTime + 1
      return createTracker(reader, undefined, absentTime ?? bootTime, zeroTime, detail)
    },
  }
}
