// One source of counters, of an interface or of the node, with the reader that is open for it.
import type { Coverage, Reader } from '../readers/block.ts'
import { isGone } from '../readers/statistics.ts'
import type { MonotonicClock } from './clock.ts'
import type { CounterSource } from '../table.ts'
import type { Counts } from './counts.ts'
import type { Problems } from './problems.ts'
import type { Tracker } from './tracker.ts'

export interface Reading extends Source {
  /** Its name in messages: `eth0 statistics`. */
  what: string
  /** `undefined` before it was opened, and when it is not offered. */
  tracker?: Tracker | undefined
  /** To be opened, or opened again: it is new, its interface was renamed, or a read said that it was gone. */
  isStale: boolean
  /** Its interface was down when it was read last. */
  isDown: boolean
}

/** How a reading is opened, and what its failures mean. */
export interface Source {
  readonly reader: CounterSource
  /**
   * @param report called for each part that has to be skipped
   * @returns `undefined` when it is not offered
   * @throws Error with `code` when it can't be opened
   */
  readonly open: (report: (error: NodeJS.ErrnoException) => void) => Reader | undefined
  /** A tracker for the first reader; later readers continue its series. */
  readonly track: (reader: Reader) => Tracker
  /** It is opened again at each sweep while it is not offered, and after any error. Others end when they are not offered. */
  readonly comesAndGoes: boolean
}

/** Opens the reader of a reading. The series of an earlier reader continue with the new one. */
function openReading(reading: Reading, report: (error: NodeJS.ErrnoException) => void): void {
  const reader = reading.open(report)
  if (reader === undefined) {
    if (reading.comesAndGoes) return
    reading.tracker?.close()
    reading.tracker = undefined
  } else if (reading.tracker) reading.tracker.continueWith(reader)
  else reading.tracker = reading.track(reader)
  reading.isStale = false
}

/**
 * A function that opens a reading where it is stale and reads it once; all of it just after it was opened. What fails is counted and
 * reported. Never throws what the kernel answered.
 *
 * `time` is that of the sweep, milliseconds since the epoch. It returns `risen` when a counter has risen after it was quiet, and `gone` when the reader has to be opened again.
 */
export function createReadingSampler(
  clock: MonotonicClock,
  counts: Counts,
  problems: Problems,
): (reading: Reading, coverage: Coverage, time: number) => 'risen' | 'gone' | undefined {
  const fail = ({ reader }: Reading, what: string, error: unknown): void => {
    counts.failures[reader]++
    problems.report(what, (error as Error).message, error)
  }

  const read = (reading: Reading, tracker: Tracker, coverage: Coverage, time: number): 'risen' | undefined => {
    const { reader, what, isDown: wasDown } = reading
    counts.reads[reader]++
    const outcome = tracker.sample(coverage, time, clock.boottime(), clock.boottime)
    reading.isDown = outcome === 'absent'
    if (reading.isDown && !wasDown) counts.discarded.down++
    const isDiscarded = outcome !== 'read' && outcome !== 'risen' && outcome !== 'absent'
    if (isDiscarded) counts.discarded[outcome]++
    problems.report(what, isDiscarded ? discarded(outcome) : undefined)
    return outcome === 'risen' ? outcome : undefined
  }

  return (reading, coverage, time) => {
    const wanted = reading.isStale ? 'all' : coverage
    try {
      if (reading.isStale) openReading(reading, (error) => fail(reading, partOf(reading, error), error))
      if (!reading.isStale && reading.tracker) return read(reading, reading.tracker, wanted, time)
      problems.report(reading.what, undefined)
      return undefined
    } catch (error) {
      fail(reading, reading.what, error)
      if (!reading.comesAndGoes && !isGone(error)) return undefined
      reading.isStale = true
      return 'gone'
    }
  }
}

/** `eth0 collisions`: the skipped file in place of the reader's name. */
function partOf({ what, reader }: Reading, { path }: NodeJS.ErrnoException): string {
  return what.slice(0, -reader.length) + (path === undefined ? reader : path.slice(path.lastIndexOf('/') + 1))
}

function discarded(reason: string): string {
  return `a read was discarded (${reason}): the driver did not answer; its counters stay as they were`
}
