// /sys/class/net/X/statistics: every file there (struct rtnl_link_stats64, Documentation/ABI/testing/sysfs-class-net-statistics).
import { readdirSync } from 'node:fs'

import { isSetUp, unlessDown } from '../interfaces/interface.ts'
import { COUNTERS } from '../table.ts'
import { type Coverage, positions, type Reader } from './block.ts'
import { openPseudoFile, type PseudoFile } from './pseudo-file.ts'

/** Files that are read at each sample: 8 of the 24. A read of a file is most of what a sweep costs. */
export const SAMPLED: ReadonlySet<string> = new Set(
  COUNTERS.filter(({ from }) => from === 'statistics').map(({ key }) => key),
)

/**
 * What only the driver counts: all 0 when its device isn't up. To drops the kernel adds its own (net/core/dev.c, dev_get_stats), so these
 * may be above 0 while the driver answers nothing but zeros.
 */
export const TRAFFIC: ReadonlySet<string> = new Set(['rx_bytes', 'rx_packets', 'tx_bytes', 'tx_packets'])

/**
 * A reader of all statistics files of an interface.
 *
 * Zeros of an interface that is down are no values: ENA answers every statistic with 0 then (its ndo_get_stats64 returns early when the
 * device is not up). So where a value fell, or no traffic is counted, `flags` is read until the interface is up again. With a device
 * `carrier` is read as well: the driver removes it while it resets the device (ena_destroy_device). A file that cannot be read, or
 * that holds no number, is skipped from then on and reported once.
 *
 * @throws Error with `code`, `path`: ENOENT when the interface is gone; EMFILE, ENFILE, ENOMEM, EIO, … which say nothing about a
 * file: nothing is left open, and it may be tried again
 */
export function openStatistics(
  sysfs: string,
  name: string,
  report: (error: NodeJS.ErrnoException) => void,
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
  const traffic = positions(names, (name) => TRAFFIC.has(name))
  /** When it was checked last. */
  let isDown = false
  const coverages: readonly Coverage[] = names.map((file) => (SAMPLED.has(file) ? 'sampled' : 'all'))

  return {
    block,
    read: (coverage) => {
      let fell = false
      for (let i = 0; i < files.length; i++) {
        const file = files[i]
        if (file === undefined || (coverage === 'sampled' && coverages[i] === 'all')) {
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
          report(skipped(error))
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

function isUp(flags: PseudoFile, carrier: PseudoFile | undefined): boolean {
  if (!isSetUp(flags.readText().toString('latin1'))) return false
  return carrier === undefined || (unlessDown(carrier.readNumber) ?? 0) !== 0
}

function openOrReport(path: string, report: (error: NodeJS.ErrnoException) => void): PseudoFile | undefined {
  try {
    return openPseudoFile(path)
  } catch (error) {
    if (!isOfTheFile(error)) throw error
    report(skipped(error))
    return undefined
  }
}

/** Errors that belong to this file, now and later. EBADMSG is our own, for what is no number. */
const OF_THE_FILE: ReadonlySet<unknown> = new Set([
  'ENOENT',
  'EACCES',
  'EINVAL',
  'ENOTSUP', // errno 95, the kernel's EOPNOTSUPP
  'EBADMSG',
  'EISDIR',
])

function isOfTheFile(error: unknown): error is NodeJS.ErrnoException {
  return OF_THE_FILE.has((error as NodeJS.ErrnoException).code)
}

function skipped(cause: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return Object.assign(new Error(`skipped: ${cause.message}`, { cause }), { code: cause.code, path: cause.path })
}

/** sysfs answers ENODEV on files that were open when their device went away. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENODEV' || code === 'ENOENT'
}
