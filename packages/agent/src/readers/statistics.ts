// /sys/class/net/X/statistics: every file there (struct rtnl_link_stats64, Documentation/ABI/testing/sysfs-class-net-statistics).
import { readdirSync } from 'node:fs'

import type { Reader } from './block.ts'
import { openPseudoFile, type PseudoFile } from './pseudo-file.ts'

/**
 * A reader of all statistics files of an interface.
 *
 * While the interface is down it reads nothing: ENA answers every statistic with 0 then, which is no value (its
 * ndo_get_stats64 returns early when the device is not up). A file that fails is left out from then on and reported once.
 *
 * @throws Error ENOENT when the interface is gone
 */
export function openStatistics(sysfs: string, name: string, report: (error: Error) => void): Reader {
  const directory = `${sysfs}/class/net/${name}`
  const names = readdirSync(`${directory}/statistics`)
  const flags = openPseudoFile(`${directory}/flags`)
  const files = names.map((file) => openOrReport(`${directory}/statistics/${file}`, report))
  const block = { from: 'statistics' as const, names, values: new Float64Array(names.length) }

  return {
    block,
    read: () => {
      if (!isUp(flags)) return 'absent'
      for (let i = 0; i < files.length; i++) {
        const file = files[i]
        if (file === undefined) {
          block.values[i] = Number.NaN
          continue
        }
        try {
          block.values[i] = file.readNumber()
        } catch (error) {
          if (isGone(error)) throw error
          file.close()
          files[i] = undefined
          block.values[i] = Number.NaN
          report(error as Error)
        }
      }
      return 'read'
    },
    close: () => {
      flags.close()
      for (const file of files) file?.close()
    },
  }
}

/** include/uapi/linux/if.h: IFF_UP = 1<<0. The file holds the flags in hexadecimal, `0x1003`. */
const IFF_UP = 1

function isUp(flags: PseudoFile): boolean {
  return (Number.parseInt(flags.readText().toString('latin1'), 16) & IFF_UP) !== 0
}

function openOrReport(path: string, report: (error: Error) => void): PseudoFile | undefined {
  try {
    return openPseudoFile(path)
  } catch (error) {
    report(error as Error)
    return undefined
  }
}

/** sysfs answers ENODEV on files that were open when their device went away. */
export function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENODEV' || code === 'ENOENT'
}
