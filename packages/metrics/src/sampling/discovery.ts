// Finds the interfaces to read, and says since when the counters of a new one count.
import { limitInterfaces, MAX_INTERFACES } from '../interfaces/selection.ts'
import type { NetworkInterface } from '../interfaces/interface.ts'
import type { InterfaceWatch } from '../interfaces/watch.ts'
import type { Attachments } from './attachments.ts'
import type { Problems } from './problems.ts'

/**
 * A function that brings the attachments in line with the interfaces there are now. Those that have appeared count from `lastTime` on, the
 * end of the sweep before: an ENI that comes back continues in the series of the store. Times are milliseconds since the epoch.
 *
 * @param bootTime since when the counters count that are there at the first look
 * @throws (from the function) Error with the code of the file system when the interfaces can't be listed
 */
export function createDiscovery(
  watch: InterfaceWatch,
  attachments: Attachments,
  problems: Problems,
  bootTime: number,
): (lastTime: number) => void {
  let found: readonly NetworkInterface[] | undefined
  /** Indexes of all interfaces at the last change of their list, read or not. */
  let known: ReadonlySet<number> | undefined
  /** Indexes of those that were read once: one that was in another network namespace may come back, and has counted on. */
  const wasRead = new Set<number>()

  return (lastTime) => {
    const selected = watch.look()
    if (selected !== found) {
      const limited = limitInterfaces(selected)
      problems.report('interfaces read', limited === selected ? undefined : tooMany(selected.length))
      // What was there before without being read, or was there at the start, may have counted since boot.
      const mayBeOld = ({ index }: NetworkInterface): boolean => !known || known.has(index) || wasRead.has(index)
      attachments.update(limited, (nic) =>
        mayBeOld(nic) ? { startTime: bootTime, zeroTime: undefined } : { startTime: lastTime, zeroTime: lastTime + 1 },
      )
      known = new Set(watch.all().map(({ index }) => index))
      for (const { index } of limited) wasRead.add(index)
    }
    found = selected
    const unnamed = watch.notUtf8()
    problems.report('interface names', unnamed.length > 0 ? notUtf8(unnamed) : undefined)
    problems.report('interfaces', undefined)
  }
}

const MAX_NAMES = 4

function notUtf8(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : ''
  return `not UTF-8: ${names.slice(0, MAX_NAMES).join(', ')}${more}; these interfaces are not read: rename them with ip link set`
}

function tooMany(wanted: number): string {
  return `${MAX_INTERFACES} of the ${wanted} that are asked for, those with a device first: ask for fewer with --include, --exclude or --driver`
}
