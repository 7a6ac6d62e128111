import { readFileSync } from 'node:fs'

/**
 * When the kernel booted, in milliseconds since the epoch. Source: /proc/stat, `btime` (whole seconds).
 *
 * @throws Error with one line when /proc/stat can't be read or holds no btime
 */
export function bootTime(procfs: string): number {
  const seconds = /^btime (\d+)$/m.exec(readStat(procfs))?.[1]
  if (seconds === undefined)
    throw new Error(`--procfs ${procfs}: its file stat holds no btime: name the kernel's procfs`)
  return Number(seconds) * 1000
}

function readStat(procfs: string): string {
  try {
    return readFileSync(`${procfs}/stat`, 'latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`--procfs ${procfs}: its file stat can't be read (${code}): name the kernel's procfs`, {
      cause: error,
    })
  }
}
