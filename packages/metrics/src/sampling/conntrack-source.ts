// Connection tracking as a reading of the node. Its kernel module may be loaded and unloaded at any time.
import { openConntrack } from '../readers/conntrack.ts'
import type { Source } from './reading.ts'
import { createTracker, type Detail } from './tracker.ts'

/**
 * @param bootTime since when it counts where it was there from the start, milliseconds since the epoch
 * @param now the time, milliseconds since the epoch
 */
export function conntrackSource(procfs: string, bootTime: number, now: () => number, detail?: Detail): Source {
  /** When the module was not loaded; `undefined` where it was there from the start. */
  let absentTime: number | undefined
  return {
    whenNotOffered: 'retry',
    isGone: () => true, // the kernel answers EIO, among others, once the module is gone
    open: () => {
      const reader = openConntrack(procfs)
      if (reader === undefined) absentTime = now()
      return reader
    },
    track: (reader) =>
      createTracker(
        reader,
        undefined,
        absentTime ?? bootTime,
        absentTime === undefined ? undefined : absentTime + 1,
        detail,
      ),
  }
}
