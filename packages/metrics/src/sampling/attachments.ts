// The interfaces that are being read, each with its readers and their series: begun at attachment, ended at detachment,
// continued through a rename.
import type { Ethtool } from '@ena-otel/ethtool'

import { guardEthtool, type GuardFor, guardStatistics, mostBits } from './guard.ts'
import { identity, type NetworkInterface, readIndex, readSpeed } from '../interfaces/interface.ts'
import type { Log } from '../log.ts'
import type { Reader } from '../readers/block.ts'
import { openEthtoolStatistics } from '../readers/ethtool.ts'
import { openStatistics } from '../readers/statistics.ts'
import { createTracker, type Detail, type TrackedCounter, type Tracker } from './tracker.ts'

export type InterfaceReader = 'statistics' | 'ethtool'

export interface Attachment {
  /** As it is called now. */
  interface: NetworkInterface
  /** Since when its counters count, milliseconds since the epoch. */
  readonly startTime: number
  /** When they were certainly 0, where it came under our eyes; NaN where it was there before. */
  readonly zeroTime: number
  readonly readings: readonly Reading[]
}

export type Origin = Pick<Attachment, 'startTime' | 'zeroTime'>

/** One source of an attachment's counters. */
export interface Reading {
  readonly reader: InterfaceReader
  /** What it is called in messages: `eth0 statistics`. */
  what: string
  /** `undefined` before it was opened, and when the interface doesn't offer it. */
  tracker: Tracker | undefined
  /** To be opened, or opened again: the interface is new, was renamed, or a read said that it was gone. */
  isStale: boolean
}

export interface Attachments {
  /** Brings the attachments in line with the interfaces to read. `origin` says since when the counters of a new one count. */
  readonly update: (found: readonly NetworkInterface[], origin: (nic: NetworkInterface) => Origin) => void
  /** The same array until they change. */
  readonly list: () => readonly Attachment[]
  /** Those that ended since this was asked last: what was read of them is still to be exported. */
  readonly takeEnded: () => readonly Attachment[]
  readonly close: () => void
}

export function createAttachments(log: Log, onDetached: (name: string) => void): Attachments {
  const byIdentity = new Map<string, Attachment>()
  let list: readonly Attachment[] = []
  let ended: Attachment[] = []
  return {
    list: () => list,
    takeEnded: () => {
      const taken = ended
      ended = []
      return taken
    },
    close: () => {
      for (const attachment of list) closeAll(attachment)
    },
    update: (found, origin) => {
      // An ENI that comes back has the same MAC and bus address, but a new index, and counts from 0: a new attachment.
      const there = new Map(found.map((nic) => [`${identity(nic)} ${nic.index}`, nic]))
      for (const [key, attachment] of byIdentity) {
        if (there.has(key)) continue
        byIdentity.delete(key)
        closeAll(attachment)
        ended.push(attachment)
        onDetached(attachment.interface.name)
        log.info({ interface: attachment.interface.name }, `${attachment.interface.name}: detached`)
      }
      for (const [key, nic] of there) {
        const known = byIdentity.get(key)
        if (!known) {
          byIdentity.set(key, {
            interface: nic,
            ...origin(nic),
            readings: ALL_READERS.map((reader) => unopened(reader, nic)),
          })
          log.info({ ...nic }, `${nic.name}: attached (driver ${nic.driver ?? 'none'}, ${nic.mac})`)
        } else if (known.interface.name !== nic.name) {
          log.info({ interface: nic.name }, `${known.interface.name}: is called ${nic.name} now`)
          onDetached(known.interface.name)
          known.interface = nic
          for (const reading of known.readings)
            Object.assign(reading, { what: `${nic.name} ${reading.reader}`, isStale: true })
        }
      }
      list = [...byIdentity.values()]
    },
  }
}

function unopened(reader: InterfaceReader, { name }: NetworkInterface): Reading {
  return { reader, what: `${name} ${reader}`, tracker: undefined, isStale: true }
}

function closeAll({ readings }: Attachment): void {
  for (const { tracker } of readings) tracker?.close()
}

/** Every counter of an interface that was read at least once. */
export function* trackedCounters({ readings }: Attachment): Iterable<TrackedCounter> {
  for (const { tracker } of readings) if (tracker) yield* tracker.tracked()
}

export interface ReaderOptions {
  readonly sysfs: string
  readonly ethtool: Ethtool
  /** Other ethtool statistics to read, by name. */
  readonly statistics: RegExp | undefined
  readonly detail?: Detail
}

/** What is read of an interface. `open` gives `undefined` when the interface doesn't offer it. */
const READERS: Readonly<Record<InterfaceReader, { readonly open: OpenReader; readonly guard: GuardFor }>> = {
  statistics: {
    open: ({ name, bus }, { sysfs }, report) => openStatistics(sysfs, name, report, bus !== undefined),
    guard: guardStatistics,
  },
  ethtool: {
    open: ({ name, driver }, { ethtool, statistics }) => openEthtoolStatistics(ethtool, name, driver, statistics),
    guard: guardEthtool,
  },
}

type OpenReader = (nic: NetworkInterface, options: ReaderOptions, report: (error: Error) => void) => Reader | undefined

/**
 * Opens the reader of a reading. Where it had one, its series go on with the new one; what is not offered any more, ends.
 *
 * @param report called for each part that has to be left out
 * @throws Error with `code` ENOENT or ENODEV when the interface is gone; other codes of the file system and of ethtool
 */
export function openReading(
  { interface: nic, startTime, zeroTime }: Attachment,
  reading: Reading,
  options: ReaderOptions,
  report: (error: Error) => void,
): void {
  const { open, guard } = READERS[reading.reader]
  const linkBits = reading.reader === 'statistics' && nic.bus ? mostBits(readSpeed(options.sysfs, nic.name)) : undefined
  const reader = verified(open(nic, options, report), nic, options.sysfs)
  if (reader && reading.tracker) reading.tracker.continueWith(reader)
  else if (reader) {
    const guardFor: GuardFor = (names) => guard(names, linkBits)
    reading.tracker = createTracker(reader, guardFor, startTime, zeroTime, options.detail)
  } else {
    reading.tracker?.close()
    reading.tracker = undefined
  }
  reading.isStale = false
}

/**
 * The reader, but for another interface that goes by the name by now: it must not go on in this one's series. Names are what is
 * opened, and what ethtool asks by at each read; a reader whose names have changed may be another device's.
 *
 * @throws Error with `code` ENODEV, from `read` as well, when it is another interface
 */
function verified(reader: Reader | undefined, { name, index }: NetworkInterface, sysfs: string): Reader | undefined {
  if (reader === undefined) return undefined
  const verify = (): void => {
    if (readIndex(sysfs, name) === index) return
    throw Object.assign(new Error(`${name}: another interface goes by this name now (ENODEV)`), { code: 'ENODEV' })
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

const ALL_READERS = Object.keys(READERS) as readonly InterfaceReader[]
