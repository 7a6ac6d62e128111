// The interfaces to read, kept up to date: the list of names is read each time, the rest only for names that are new.
import { isUtf8 } from 'node:buffer'
import { readdirSync } from 'node:fs'

import { GONE, type NetworkInterface, readIndex, readInterface } from './interface.ts'

export interface InterfaceWatch {
  /** The interfaces to read now; the same array as last time when nothing has changed. */
  readonly look: () => readonly NetworkInterface[]
  /** All interfaces that were there at the last look. */
  readonly all: () => readonly NetworkInterface[]
  /** Names that were there at the last look and are not UTF-8, with each such byte as `\xff`. Those interfaces are not read. */
  readonly notUtf8: () => readonly string[]
  /** The interface turned out to be gone: read it again at the next look, even if its name is still in the list. */
  readonly forget: (name: string) => void
}

/**
 * Watches `/sys/class/net`.
 *
 * @param announced whether the kernel has announced a change since it was asked last; without it the list of names is read at each look
 * @throws (from `look`) Error with the code of the file system when `/sys/class/net` can't be read
 */
export function watchInterfaces(
  sysfs: string,
  select: (all: readonly NetworkInterface[]) => NetworkInterface[],
  announced?: () => boolean,
): InterfaceWatch {
  const known = new Map<string, NetworkInterface>()
  /** Files beside the interfaces' folders: bonding_masters. */
  const files = new Set<string>()
  let names: readonly string[] | undefined
  let notUtf8: readonly string[] = []
  let selected: readonly NetworkInterface[] = []
  /** An interface that goes is announced a little before it leaves sysfs: look once more after each announcement. */
  let lookAgain = false

  const read = (now: readonly string[]): boolean => {
    let isComplete = true
    for (const name of now) {
      if (known.has(name) || files.has(name)) continue
      const found = readIfStillThere(sysfs, name)
      if (found === 'file') files.add(name)
      else if (found) known.set(name, found)
      else isComplete = false // went away between the list and the reading: look again next time
    }
    return isComplete
  }

  return {
    all: () => [...known.values()],
    notUtf8: () => notUtf8,
    forget: (name) => {
      known.delete(name)
      names = undefined
    },
    look: () => {
      const isAnnounced = announced?.() ?? true
      if (names && !isAnnounced && !lookAgain) return selected
      const before = names
      names = undefined // until all is known: whatever fails below leads to another look
      // The list of names stays the same when two interfaces swap theirs, or one is replaced.
      // A name that changes hands touches an interface that matters, or it doesn't matter: a node has thousands of pods' interfaces.
      const matters = (nic: NetworkInterface): boolean => nic.bus !== undefined || selected.includes(nic)
      if (announced && [...known.values()].some((nic) => matters(nic) && isAnotherNow(sysfs, nic)))
        for (const nic of known.values()) if (isAnotherNow(sysfs, nic)) known.delete(nic.name)
      const list = listNames(sysfs)
      const now = list.names
      notUtf8 = list.notUtf8
      if (!before || !sameNames(before, now) || !now.every((name) => known.has(name) || files.has(name))) {
        const there = new Set(now)
        for (const name of known.keys()) if (!there.has(name)) known.delete(name)
        const isComplete = read(now)
        selected = select([...known.values()])
        if (!isComplete) return selected
      }
      names = now
      lookAgain = announced !== undefined && isAnnounced
      return selected
    },
  }
}

interface Names {
  readonly names: readonly string[]
  readonly notUtf8: readonly string[]
}

function listNames(sysfs: string): Names {
  try {
    const names = readdirSync(`${sysfs}/class/net`)
    if (!names.some((name) => name.includes('\uFFFD'))) return { names, notUtf8: [] }
    // U+FFFD stands for bytes that are not UTF-8, unless somebody named an interface so.
    const bytes = readdirSync(`${sysfs}/class/net`, 'buffer')
    return {
      names: bytes.filter((name) => isUtf8(name)).map(String),
      notUtf8: bytes.filter((name) => !isUtf8(name)).map(escaped),
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const hint = `${sysfs}/class/net can't be read (${code}): name the folder where sysfs is mounted with --sysfs`
    throw Object.assign(new Error(hint, { cause }), { code })
  }
}

/** ASCII, and each other byte as `\xff`. */
function escaped(name: Buffer): string {
  return name
    .toString('latin1')
    .replaceAll(/[^!-~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Whether another interface goes by the name; also when none does any more. */
function isAnotherNow(sysfs: string, { name, index }: NetworkInterface): boolean {
  return readIndex(sysfs, name) !== index
}

function sameNames(before: readonly string[], now: readonly string[]): boolean {
  return before.length === now.length && now.every((name, i) => name === before[i])
}

function readIfStillThere(sysfs: string, name: string): NetworkInterface | 'file' | undefined {
  try {
    return readInterface(sysfs, name)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR') return 'file'
    if (GONE.includes(code)) return undefined
    throw error
  }
}
