// /sys/class/net/X/statistics: every file there (struct rtnl_link_stats64, Documentation/ABI/testing/sysfs-class-net-statistics).
import { readdirSync } from 'node:fs'
import { getSystemErrorMessage } from 'node:util'

import { COUNTERS } from '../table.ts'
import type { Extent, Reader } from './block.ts'
import { openPseudoFile, type PseudoFile } from './pseudo-file.ts'

/** Files that are read at each sample: 8 of the 24. A read of a file is most of what a sweep costs. */
const SAMPLED: ReadonlySet<string> = new Set(COUNTERS.filter(({ from }) => from === 'statistics').map(({ key }) => key))

/**
 * What only the driver counts. To drops the kernel adds its own (net/core/dev.c, dev_get_stats), so these may be above 0 while the
 * driver answers nothing but zeros.
 */
const TRAFFIC: ReadonlySet<string> = new Set(['rx_bytes', 'rx_packets', 'tx_bytes', 'tx_packets'])

/** The positions of the counters of traffic, which are all 0 when the driver's device isn't up. */
export function trafficOf(names: readonly string[]): readonly number[] {
  return [...names.keys()].filter((i) => TRAFFIC.has(names[i]!))
}

/** The positions of the counters that are read at each sample. */
export function sampledOf(names: readonly string[]): readonly number[] {
  return [...names.keys()].filter((i) => SAMPLED.has(names[i]!))
}

/** Why a file is left out: like Node's own errors, the message without the path. */
export interface LeftOut extends Error {
  readonly code: string
  readonly path: string
}

/**
 * A reader of all statistics files of an interface.
 *
 * Zeros of an interface that is down are no values: ENA answers every statistic with 0 then (its ndo_get_stats64 returns early when
 * the device is not up). So where a value fell, or no traffic is counted, it is asked whether the interface is up and, where a device is behind it, has a carrier, which
 * the driver takes away while it resets the device (ena_destroy_device), and again until it is. A file that the kernel doesn't let us read, or that holds no number, is
 * left out from then on and reported once.
 *
 * @throws Error with `code`, `path`: ENOENT when the interface is gone; EMFILE, ENFILE, ENOMEM, EIO, … which say nothing about a
 * file: nothing is left open, and it may be tried again
 */
export function openStatistics(
  sysfs: string,
  name: string,
  report: (error: LeftOut) => void,
  hasDevice = false,
): Reader {
  const directory = `${sysfs}/class/net/${name}`
  const names = readdirSync(`${directory}/statistics`)
  const files: (PseudoFile | undefined)[] = []
  const closeFiles = (): void => {
    for (const file of files) file?.close()
  }
  let flags: PseudoFile
  let carrier: PseudoFile | undefined
  try {
    for (const file of names) files.push(openOrReport(`${directory}/statistics/${file}`, report))
    flags = openPseudoFile(`${directory}/flags`)
    if (hasDevice) carrier = openOrReport(`${directory}/carrier`, () => undefined)
  } catch (error) {
    closeFiles()
    throw error
  }
  const block = { from: 'statistics' as const, names, values: new Float64Array(names.length) }
  const traffic = trafficOf(names)
  /** As far as it was asked. */
  let isDown = false
  const extents: readonly Extent[] = names.map((file) => (SAMPLED.has(file) ? 'sampled' : 'all'))

  return {
    block,
    read: (extent) => {
      let fell = false
      for (let i = 0; i < files.length; i++) {
        const file = files[i]
        if (file === undefined || (extent === 'sampled' && extents[i] === 'all')) {
          block.values[i] = Number.NaN
          continue
        }
        try {
          const value = file.readNumber()
          if (value < block.values[i]!) fell = true
          block.values[i] = value
        } catch (error) {
          if (isGone(error) || !isOfTheFile(error)) throw error
          file.close()
          files[i] = undefined
          block.values[i] = Number.NaN
          report(leftOut(error))
        }
      }
      if (isDown || fell || traffic.every((i) => block.values[i] === 0)) isDown = !isUp(flags, carrier)
      return isDown ? 'absent' : 'read'
    },
    close: () => {
      flags.close()
      carrier?.close()
      closeFiles()
    },
  }
}

/** include/uapi/linux/if.h: IFF_UP = 1<<0. The file holds the flags in hexadecimal, `0x1003`. */
const IFF_UP = 1

function isUp(flags: PseudoFile, carrier: PseudoFile | undefined): boolean {
  const isSetUp = (Number.parseInt(flags.readText().toString('latin1'), 16) & IFF_UP) !== 0
  if (!isSetUp || carrier === undefined) return isSetUp
  try {
    return carrier.readNumber() !== 0
  } catch (error) {
    // net/core/net-sysfs.c, carrier_show: should it be set down just now
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return false
    throw error
  }
}

function openOrReport(path: string, report: (error: LeftOut) => void): PseudoFile | undefined {
  try {
    return openPseudoFile(path)
  } catch (error) {
    if (!isOfTheFile(error)) throw error
    report(leftOut(error))
    return undefined
  }
}

/** What the kernel answers for this file, now and later; and EBADMSG, our own for what is no number. */
const OF_THE_FILE: ReadonlySet<unknown> = new Set([
  'ENOENT',
  'EACCES',
  'EINVAL',
  'ENOTSUP', // errno 95, the kernel's EOPNOTSUPP
  'EBADMSG',
  'EISDIR',
])

function isOfTheFile(error: unknown): error is SystemError {
  return OF_THE_FILE.has((error as NodeJS.ErrnoException).code)
}

type SystemError = LeftOut & { readonly errno?: number }

function leftOut(error: SystemError): LeftOut {
  const { code, errno, path } = error
  const reason = errno === undefined ? error.message.replace(`${path}: `, '') : getSystemErrorMessage(errno)
  return Object.assign(new Error(`is left out: ${reason} (${code})`, { cause: error }), { code, errno, path })
}

/** sysfs answers ENODEV on files that were open when their device went away. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENODEV' || code === 'ENOENT'
}
