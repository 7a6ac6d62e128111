// What is read of an interface: the kernel's statistics and those of its driver.
import type { Ethtool } from '@ena-otel/ethtool'

import { type NetworkInterface, readIndex, readSpeed } from '../interfaces/interface.ts'
import type { Reader } from '../readers/block.ts'
import { openEthtoolStatistics } from '../readers/ethtool.ts'
import { isGone, openStatistics } from '../readers/statistics.ts'
import { type GuardFor, guardEthtool, guardStatistics, maxLinkBits } from './guard.ts'
import type { Source } from './reading.ts'
import { createTracker, type Detail } from './tracker.ts'

export type InterfaceReader = 'statistics' | 'ethtool'

export const INTERFACE_READERS: readonly InterfaceReader[] = ['statistics', 'ethtool']

export interface ReaderOptions {
  readonly sysfs: string
  readonly ethtool: Ethtool
  /** Other ethtool statistics to read, by name. */
  readonly statistics: RegExp | undefined
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
    whenNotOffered: 'end',
    isGone,
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
    read: (extent) => {
      const outcome = reader.read(extent)
      if (outcome === 'changed') verify()
      return outcome
    },
  }
}
