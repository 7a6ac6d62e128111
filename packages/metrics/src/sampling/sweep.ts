// One sweep: find the interfaces, read each of them, one after the other (ethtool holds the kernel's rtnl lock), then what the node itself
// counts. What fails is counted and reported once; it never ends the sweep.
import type { NetworkInterface } from '../interfaces/interface.ts'
import type { InterfaceWatch } from '../interfaces/watch.ts'
import type { Log } from '../log.ts'
import type { Coverage } from '../readers/block.ts'
import { type Attachment, createAttachments } from './attachments.ts'
import type { MonotonicClock } from './clock.ts'
import type { Counts } from './counts.ts'
import { createDiscovery } from './discovery.ts'
import { conntrackSource, type ReaderOptions } from './sources.ts'
import { createProblems } from './problems.ts'
import { createReadingSampler, type Reading } from './reading.ts'
import type { Tracker } from './tracker.ts'

export interface Sweep {
  /** Reads once, to this coverage; all of an interface that is new. Never throws what the kernel answered. */
  readonly run: (coverage: Coverage) => SweepResult
  /** Looks for interfaces, and reads those that are new. Never throws what the kernel answered. */
  readonly look: () => void
  /** The interfaces that are read; the same array until they change. */
  readonly attachments: () => readonly Attachment[]
  /** Sets what is called with each attachment that is about to lose its name: what was read of it is exported under that name. */
  readonly onLeaving: (listener: (attachment: Attachment) => void) => void
  /** Every interface of the network namespace, read or not. */
  readonly all: () => readonly NetworkInterface[]
  /** Connection tracking, the node's own; `undefined` when the kernel has none. */
  readonly conntrack: () => Tracker | undefined
  /** What can't be read at the moment, and why. */
  readonly problems: () => ReadonlyMap<string, string>
  readonly close: () => void
}

/** What the next step needs to know of a sweep. */
export interface SweepResult {
  /** A counter that is usually quiet has risen after it was, and no export has carried that yet. */
  readonly hasRisen: boolean
  readonly durationMs: number
}

export interface SweepParts extends ReaderOptions {
  readonly watch: InterfaceWatch
  readonly procfs: string
  /** Since when the counters count that are there at the first sweep, milliseconds since the epoch. */
  readonly bootTime: number
  readonly clock: MonotonicClock
  readonly counts: Counts
  readonly log: Log
}

export function createSweep(parts: SweepParts): Sweep {
  const { watch, clock, counts, log, bootTime } = parts
  const problems = createProblems(log)
  let onLeaving: ((attachment: Attachment) => void) | undefined
  const attachments = createAttachments(parts, log, (attachment) => {
    onLeaving?.(attachment)
    problems.forget(attachment.interface.name)
  })
  const discover = createDiscovery(watch, attachments, problems, bootTime)
  const source = conntrackSource(parts.procfs, bootTime, clock.now, parts.detail)
  const conntrack: Reading = { ...source, what: 'conntrack', isStale: true, isDown: false }
  const sample = createReadingSampler(clock, counts, problems)
  /** When the last sweep or look ended. */
  let lastTime = bootTime

  const findInterfaces = (): void => {
    try {
      discover(lastTime)
    } catch (error) {
      counts.failures.interfaces++
      problems.report('interfaces', (error as Error).message, error)
    }
  }

  const readInterface = ({ interface: { name }, readings }: Attachment, coverage: Coverage, time: number): boolean => {
    let hasRisen = false
    for (const reading of readings) {
      const outcome = sample(reading, coverage, time)
      if (outcome === 'risen') hasRisen = true
      else if (outcome === 'gone') watch.forget(name)
    }
    return hasRisen
  }

  return {
    run: (coverage) => {
      const start = clock.steady()
      let hasRisen = false
      findInterfaces()
      // One time for all: a later export has no point that is older than one of an earlier export.
      const time = clock.now()
      for (const attachment of attachments.list()) if (readInterface(attachment, coverage, time)) hasRisen = true
      if (sample(conntrack, coverage, time) === 'risen') hasRisen = true
      const durationMs = clock.steady() - start
      counts.sweeps++
      counts.sweepMs += durationMs
      lastTime = clock.now()
      return { hasRisen, durationMs }
    },
    look: () => {
      findInterfaces()
      const time = clock.now()
      for (const attachment of attachments.list())
        if (attachment.readings.some(({ isStale }) => isStale)) readInterface(attachment, 'all', time)
      lastTime = clock.now()
    },
    attachments: attachments.list,
    onLeaving: (listener) => {
      onLeaving = listener
    },
    all: watch.all,
    conntrack: () => conntrack.tracker,
    problems: problems.current,
    close: () => {
      attachments.close()
      conntrack.tracker?.close()
    },
  }
}
