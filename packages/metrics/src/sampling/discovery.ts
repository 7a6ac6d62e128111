// Finds the interfaces to read, and says since when the counters of a new one count.
import { limitInterfaces, MAX_INTERFACES } from '../interfaces/selection.ts'
import type { NetworkInterface } from '../interfaces/interface.ts'
import type { InterfaceWatch } from '../interfaces/watch.ts'
import type { Attachments } from './attachments.ts'
import type { Origin } from './interface-source.ts'
import type { Problems } from './problems.ts'

export interface Discovery {
  /**
   * Brings the attachments in line with the interfaces there are.
   *
   * @param time now, milliseconds since the epoch
   * @param lastReadTime an ENI that comes back continues in the series of the store, after this time
   * @throws Error with the code of the file system when the interfaces can't be listed
   */
  readonly look: (time: number, lastReadTime: number | undefined) => void
}

/** @param bootTime since when the counters count that are there at the first look, milliseconds since the epoch */
export function createDiscovery(
  watch: InterfaceWatch,
  attachments: Attachments,
  problems: Problems,
  bootTime: number,
): Discovery {
  let found: readonly NetworkInterface[] | undefined
  /** Indexes of all interfaces at the last change of their list, read or not. */
  let indexes: ReadonlySet<number> | undefined
  /** Indexes of those that were read once: one that was in another network namespace may come back, and has counted on. */
  const known = new Set<number>()
  let lastLookTime = bootTime

  const originAfter =
    (lastSeenTime: number) =>
    ({ index }: NetworkInterface): Origin =>
      // What was there before without being read, or was there at the start, may have counted since boot.
      !indexes || indexes.has(index) || known.has(index)
        ? { startTime: bootTime, zeroTime: undefined }
        : { startTime: lastSeenTime, zeroTime: lastSeenTime + 1 }

  return {
    look: (time, lastReadTime = bootTime) => {
      const selected = watch.look()
      if (selected !== found) {
        const limited = limitInterfaces(selected)
        problems.report('interfaces read', limited === selected ? undefined : tooMany(selected.length))
        attachments.update(limited, originAfter(Math.max(lastLookTime, lastReadTime)))
        indexes = new Set(watch.all().map(({ index }) => index))
        for (const { index } of limited) known.add(index)
      }
      found = selected
      lastLookTime = time
      problems.report('interfaces', undefined)
    },
  }
}

function tooMany(wanted: number): string {
  return `${MAX_INTERFACES} of the ${wanted} that are asked for, those with a device first: ask for fewer with --include, --exclude or --driver`
}
