// One sweep: look which interfaces there are, read each of them, one after the other (ethtool holds the kernel's rtnl lock), then
// the node's connection tracking. What fails is counted and reported once; it never ends the sweep.
import { basename } from 'node:path'

import { type Attachment, createAttachments, openReading, type ReaderOptions, type Reading } from './attachments.ts'
import { type Clock, neverBack, throughSleep } from './clock.ts'
import type { Counts, ReaderName } from './counts.ts'
import type { NetworkInterface } from '../interfaces/interface.ts'
import { MOST_INTERFACES, withinMost } from '../interfaces/selection.ts'
import type { InterfaceWatch } from '../interfaces/watch.ts'
import type { Log } from '../log.ts'
import type { Extent } from '../readers/block.ts'
import { createProblems } from './problems.ts'
import { openConntrack } from '../readers/conntrack.ts'
import { isGone } from '../readers/statistics.ts'
import { createTracker, type Tracker } from './tracker.ts'

export interface Sweep {
  /**
   * Reads once, to this extent; all of an interface that is new. Never throws. True when a counter that is usually quiet has risen
   * after it was, and no export has told so yet.
   */
  readonly run: (extent: Extent) => boolean
  /** Looks for interfaces, and reads those that are new. Never throws. */
  readonly look: () => void
  /** The interfaces that are read; the same array until they change. */
  readonly attachments: () => readonly Attachment[]
  /** Those that ended since this was asked last: what was read of them is still to be exported. */
  readonly takeEnded: () => readonly Attachment[]
  /** Every interface of the network namespace, read or not. */
  readonly all: () => readonly NetworkInterface[]
  /** Connection tracking, the node's own; `undefined` when the kernel has none. */
  readonly conntrack: () => Tracker | undefined
  /** What can't be read at the moment, and why. */
  readonly problems: () => ReadonlyMap<string, string>
  readonly close: () => void
}

export interface SweepParts extends ReaderOptions {
  readonly watch: InterfaceWatch
  readonly procfs: string
  /** Since when the counters count that are there at the first sweep, milliseconds since the epoch. */
  readonly bootTime: number
  readonly clock: Clock
  readonly counts: Counts
  readonly log: Log
}

export function createSweep(parts: SweepParts): Sweep {
  const { watch, counts, log } = parts
  const clock = neverBack(parts.clock)
  const problems = createProblems(log)
  const attachments = createAttachments(log, problems.forget)
  let found: readonly NetworkInterface[] | undefined
  /** Indexes of all interfaces there were at the last change of their list, read or not. */
  let indexes: ReadonlySet<number> | undefined
  /** Indexes of those that were read once: one that was away in another network namespace may come back, and has counted on. */
  const known = new Set<number>()
  let lastLookTime = parts.bootTime
  /** Nothing was read later: an ENI that comes back goes on in the series of the store after it. */
  let lastReadTime = parts.bootTime
  let conntrack: Tracker | undefined
  /** To be opened, or opened again: the kernel module may be loaded and unloaded. */
  let isConntrackStale = true
  /** When there was none; NaN where it was there from the start. */
  let noConntrackTime = Number.NaN
  const steady = throughSleep(parts.clock) // the other one hides a sleep while the wall clock is behind
  let hasNews = false
  /** Those whose interface was down when they were read last. */
  const down = new WeakSet<Tracker>()

  const failed = (reader: ReaderName, what: string, error: unknown): void => {
    counts.failures[reader]++
    problems.report(what, (error as Error).message, error)
  }

  const sample = (extent: Extent, reader: ReaderName, what: string, tracker: Tracker): void => {
    counts.reads[reader]++
    const time = clock.now()
    lastReadTime = time
    const outcome = tracker.sample(extent, time, steady(), steady)
    if (outcome === 'news') hasNews = true
    if (outcome !== 'absent') down.delete(tracker)
    else if (!down.has(tracker)) {
      down.add(tracker)
      counts.discarded.down++
    }
    if (outcome === 'read' || outcome === 'news' || outcome === 'absent') return problems.report(what, undefined)
    counts.discarded[outcome]++
    problems.report(
      what,
      `a read was discarded (${outcome}): the driver did not answer; its counters stay as they were`,
    )
  }

  const findInterfaces = (time: number): void => {
    try {
      const now = watch.look()
      if (now !== found) {
        const lastSeenTime = Math.max(lastLookTime, lastReadTime)
        // What was there before without being read, or was there at the start, has counted since boot for all we know.
        const within = withinMost(now)
        problems.report('interfaces read', within === now ? undefined : tooMany(now.length))
        attachments.update(within, ({ index }) =>
          !indexes || indexes.has(index) || known.has(index)
            ? { startTime: parts.bootTime, zeroTime: Number.NaN }
            : { startTime: lastSeenTime, zeroTime: lastSeenTime + 1 },
        )
        indexes = new Set(watch.all().map(({ index }) => index))
        for (const { index } of within) known.add(index)
      }
      found = now
      lastLookTime = time
      problems.report('interfaces', undefined)
    } catch (error) {
      failed('interfaces', 'interfaces', error)
    }
  }

  const openStale = (attachment: Attachment, reading: Reading): void => {
    const leaveOut = (error: NodeJS.ErrnoException): void =>
      failed(reading.reader, `${attachment.interface.name} ${basename(error.path ?? reading.reader)}`, error)
    openReading(attachment, reading, parts, leaveOut)
  }

  const readInterface = (attachment: Attachment, extent: Extent): void => {
    for (const reading of attachment.readings) {
      try {
        const wanted = reading.isStale ? 'all' : extent
        if (reading.isStale) openStale(attachment, reading)
        if (reading.tracker) sample(wanted, reading.reader, reading.what, reading.tracker)
      } catch (error) {
        failed(reading.reader, reading.what, error)
        if (!isGone(error)) continue
        watch.forget(attachment.interface.name)
        reading.isStale = true
      }
    }
  }

  const readConntrack = (extent: Extent): void => {
    try {
      const wanted = isConntrackStale ? 'all' : extent
      if (isConntrackStale) {
        const reader = openConntrack(parts.procfs)
        if (!reader) {
          noConntrackTime = clock.now()
          return problems.report('conntrack', undefined)
        }
        const startTime = Number.isNaN(noConntrackTime) ? parts.bootTime : noConntrackTime
        if (conntrack) conntrack.continueWith(reader)
        else conntrack = createTracker(reader, undefined, startTime, noConntrackTime + 1, parts.detail)
        isConntrackStale = false
      }
      sample(wanted, 'conntrack', 'conntrack', conntrack!)
    } catch (error) {
      failed('conntrack', 'conntrack', error)
      isConntrackStale = true
    }
  }

  return {
    run: (extent) => {
      const start = clock.steady()
      const time = clock.now()
      hasNews = false
      findInterfaces(time)
      for (const attachment of attachments.list()) readInterface(attachment, extent)
      readConntrack(extent)
      counts.sweeps++
      counts.sweepMs += clock.steady() - start
      counts.lastSweepTime = time
      return hasNews
    },
    look: () => {
      findInterfaces(clock.now())
      for (const attachment of attachments.list())
        if (attachment.readings.some(({ isStale }) => isStale)) readInterface(attachment, 'all')
    },
    attachments: attachments.list,
    takeEnded: attachments.takeEnded,
    all: watch.all,
    conntrack: () => conntrack,
    problems: problems.current,
    close: () => {
      attachments.close()
      conntrack?.close()
    },
  }
}

function tooMany(wanted: number): string {
  return `${MOST_INTERFACES} of the ${wanted} that are asked for, those with a device first: ask for fewer with --include, --exclude or --driver`
}
