// A reader with its guard and its series: reads, believes or discards, and follows each counter's course.
import type { DiscardReason, Guard, GuardFor } from './guard.ts'
import { type Counter, METRICS, otherEthtoolStatistic, otherStatistic, COUNTERS } from '../table.ts'
import type { Extent, Reader } from '../readers/block.ts'
import { allowanceReset, isAllowanceCounter, type WasReset } from './reset.ts'
import { createSeries, observe, type Series } from './series.ts'

export interface TrackedCounter {
  readonly counter: Counter
  readonly series: Series
  /** The seconds in which it rose, as a counter of its own, where the table asks for that. */
  readonly throttled: Series | undefined
}

/** It rose after it was quiet, and no export has told so yet. Of a counter that moves all the time that is nothing new. */
export function isNews({ counter, series }: TrackedCounter): boolean {
  return series.isNews && counter.busy !== true
}

export interface Tracker {
  /** Every counter seen so far, in the order of the kernel. */
  readonly tracked: () => Iterable<TrackedCounter>
  /**
   * Reads once and takes what is believed into the series.
   *
   * @param time milliseconds since the epoch
   * @param steadyMs a clock that never jumps
   * @param endMs asked when the read is over: what that clock says then
   * @returns `news` when it was read, and a counter that is usually quiet has risen after it was
   * @throws what the reader throws
   */
  readonly sample: (
    extent: Extent,
    time: number,
    steadyMs: number,
    endMs?: () => number,
  ) => 'read' | 'news' | 'absent' | DiscardReason
  /** Goes on with another reader of the same counters; the series stay. */
  readonly continueWith: (reader: Reader) => void
  readonly close: () => void
}

/** What is kept of counters that move all the time: their last value, or each change of them. */
export type Detail = 'changes' | 'full'

/**
 * @param startTime since when the kernel counts, milliseconds since the epoch
 * @param zeroTime when the counters were certainly 0; NaN where they counted before we came
 */
export function createTracker(
  first: Reader,
  guardFor: GuardFor | undefined,
  startTime: number,
  zeroTime: number = Number.NaN,
  detail: Detail = 'changes',
): Tracker {
  const byKey = new Map<string, TrackedCounter>()
  let reader = first
  let followed: readonly (TrackedCounter | undefined)[] = []
  let accepted = new Float64Array(0)
  let guard: Guard | undefined
  let wasReset: WasReset | undefined
  /** When a read was believed last, on the steady clock; NaN before the first. */
  let acceptedMs = Number.NaN

  const follow = (): void => {
    followed = reader.block.names.map((key) => {
      const known = byKey.get(key)
      if (known) return known
      const counter = counterFor(reader.block.from, key)
      if (!counter) return undefined
      const tracked: TrackedCounter = {
        counter,
        series: createSeries(kindOf(counter), detail === 'full' || counter.busy !== true, startTime, zeroTime),
        throttled: counter.throttled === undefined ? undefined : createSeries('counter', false, Number.NaN),
      }
      byKey.set(key, tracked)
      return tracked
    })
    guard = guardFor?.(reader.block.names)
    wasReset = reader.block.from === 'ethtool' ? allowanceReset(reader.block.names) : undefined
    accepted = Float64Array.from(followed, (tracked) => tracked?.series.value ?? Number.NaN)
  }
  follow()

  /**
   * Files are read one after the other. If a reset of the device ends between two of them, the first of them say 0; a first read has nothing
   * to compare that with, and so it is read twice.
   */
  const readWhole = (extent: Extent): ReturnType<Reader['read']> => {
    const outcome = reader.read(extent)
    const mayBeTorn = Number.isNaN(acceptedMs) && reader.block.from === 'statistics' && outcome === 'read'
    return mayBeTorn ? reader.read(extent) : outcome
  }

  return {
    tracked: () => byKey.values(),
    sample: (extent, time, steadyMs, end) => {
      const outcome = readWhole(extent)
      const endMs = end?.() ?? steadyMs
      if (outcome === 'absent') return outcome
      if (outcome === 'changed') follow()
      const { values } = reader.block
      const discarded =
        guard?.(values, accepted, steadyMs - acceptedMs) ?? (reader.isUnanswered?.() ? 'unanswered' : undefined)
      if (discarded !== undefined) return discarded
      acceptedMs = steadyMs
      const isReset = wasReset?.(values, accepted) ?? false
      let hasNews = false
      for (let i = 0; i < followed.length; i++) {
        const tracked = followed[i]
        const value = values[i]!
        if (tracked === undefined || Number.isNaN(value)) continue
        accepted[i] = value
        observe(tracked.series, value, time, steadyMs, isReset && isAllowanceCounter(tracked.counter.key), endMs)
        if (tracked.throttled) observe(tracked.throttled, tracked.series.throttledSeconds, time, steadyMs)
        if (isNews(tracked)) hasNews = true
      }
      return hasNews ? 'news' : 'read'
    },
    continueWith: (next) => {
      reader.close()
      reader = next
      follow()
    },
    close: () => reader.close(),
  }
}

const ROWS: ReadonlyMap<string, Counter> = new Map(COUNTERS.map((row) => [`${row.from} ${row.key}`, row]))
const KINDS: ReadonlyMap<string, 'counter' | 'gauge'> = new Map(METRICS.map(({ name, kind }) => [name, kind]))

/** The row of the table, or the row for the rest; `undefined` for what isn't reported (columns of conntrack). */
function counterFor(from: Counter['from'], key: string): Counter | undefined {
  const row = ROWS.get(`${from} ${key}`)
  if (row) return row
  if (from === 'statistics') return otherStatistic(key)
  if (from === 'ethtool') return otherEthtoolStatistic(key)
  return undefined
}

function kindOf({ metric }: Counter): 'counter' | 'gauge' {
  const kind = KINDS.get(metric)
  if (kind === undefined) throw new Error(`metrics/table.ts: ${metric} has no row in METRICS`)
  return kind
}
