// One source of counters, of an interface or of the node, with the reader that is open for it.
import type { Extent, Reader } from '../readers/block.ts'
import type { MonotonicClock } from './clock.ts'
import type { Counts, ReaderName } from './counts.ts'
import type { Problems } from './problems.ts'
import type { Tracker } from './tracker.ts'

export type SourceName = Exclude<ReaderName, 'interfaces'>

export interface Reading {
  readonly reader: SourceName
  /** Its name in messages: `eth0 statistics`. */
  what: string
  /** `undefined` before it was opened, and when it is not offered. */
  tracker: Tracker | undefined
  /** To be opened, or opened again: it is new, its interface was renamed, or a read said that it was gone. */
  isStale: boolean
  readonly source: Source
}

/** How a reading is opened, and what its failures mean. */
export interface Source {
  /**
   * @param report called for each part that has to be skipped
   * @returns `undefined` when it is not offered
   * @throws Error with `code` when it can't be opened
   */
  readonly open: (report: (error: NodeJS.ErrnoException) => void) => Reader | undefined
  /** A tracker for the first reader; later readers continue its series. */
  readonly track: (reader: Reader) => Tracker
  /** What becomes of it when it is not offered: it ends, or it is tried again at each sweep. */
  readonly whenNotOffered: 'end' | 'retry'
  /** Whether the reader has to be opened again after this error. */
  readonly isGone: (error: unknown) => boolean
}

export function createReading(reader: SourceName, what: string, source: Source): Reading {
  return { reader, what, tracker: undefined, isStale: true, source }
}

/**
 * Opens the reader of a reading. The series of an earlier reader continue with the new one.
 *
 * @throws what the source throws
 */
export function openReading(reading: Reading, report: (error: NodeJS.ErrnoException) => void): void {
  const { source, tracker } = reading
  const reader = source.open(report)
  if (reader === undefined) {
    if (source.whenNotOffered === 'retry') return
    tracker?.close()
    reading.tracker = undefined
  } else if (tracker) tracker.continueWith(reader)
  else reading.tracker = source.track(reader)
  reading.isStale = false
}

export interface ReadingSampler {
  /**
   * Opens the reading where it is stale and reads it once; all of it just after it was opened. What fails is counted and reported. Never
   * throws what the kernel answered.
   *
   * @returns `risen` when a counter has risen after it was quiet, `gone` when the reader has to be opened again
   */
  readonly sample: (reading: Reading, extent: Extent) => 'risen' | 'gone' | undefined
  /** When it read last, milliseconds since the epoch; `undefined` before the first read. */
  readonly lastReadTime: () => number | undefined
}

export function createReadingSampler(clock: MonotonicClock, counts: Counts, problems: Problems): ReadingSampler {
  let lastReadTime: number | undefined
  /** Those whose interface was down when they were read last. */
  const down = new WeakSet<Tracker>()

  const fail = ({ reader }: Reading, what: string, error: unknown): void => {
    counts.failures[reader]++
    problems.report(what, (error as Error).message, error)
  }

  const countDown = (tracker: Tracker, isDown: boolean): void => {
    if (!isDown) down.delete(tracker)
    else if (!down.has(tracker)) {
      down.add(tracker)
      counts.discarded.down++
    }
  }

  const read = ({ reader, what }: Reading, tracker: Tracker, extent: Extent): 'risen' | undefined => {
    counts.reads[reader]++
    const time = clock.now()
    lastReadTime = time
    const outcome = tracker.sample(extent, time, clock.boottime(), clock.boottime)
    countDown(tracker, outcome === 'absent')
    const isDiscarded = outcome !== 'read' && outcome !== 'risen' && outcome !== 'absent'
    if (isDiscarded) counts.discarded[outcome]++
    problems.report(what, isDiscarded ? discarded(outcome) : undefined)
    return outcome === 'risen' ? outcome : undefined
  }

  return {
    lastReadTime: () => lastReadTime,
    sample: (reading, extent) => {
      const wanted = reading.isStale ? 'all' : extent
      try {
        if (reading.isStale) openReading(reading, (error) => fail(reading, partOf(reading, error), error))
        if (!reading.isStale && reading.tracker) return read(reading, reading.tracker, wanted)
        problems.report(reading.what, undefined)
        return undefined
      } catch (error) {
        fail(reading, reading.what, error)
        if (!reading.source.isGone(error)) return undefined
        reading.isStale = true
        return 'gone'
      }
    },
  }
}

/** `eth0 collisions`: the skipped file in place of the reader's name. */
function partOf({ what, reader }: Reading, { path }: NodeJS.ErrnoException): string {
  return what.slice(0, -reader.length) + (path === undefined ? reader : path.slice(path.lastIndexOf('/') + 1))
}

function discarded(reason: string): string {
  return `a read was discarded (${reason}): the driver did not answer; its counters stay as they were`
}
