// A reader with its guard and its series: reads, accepts or discards, and updates the series of each counter.
import type { DiscardReason, Guard, GuardFor } from './guard.ts'
import { type Counter, COUNTERS, metricNamed, otherEthtoolStatistic, otherStatistic } from '../table.ts'
import type { Coverage, Reader } from '../readers/block.ts'
import { allowanceReset, isAllowanceCounter, type WasReset } from './reset.ts'
import { createSeries, observe, type Series } from './series.ts'
import type { Sample } from './value.ts'

export interface TrackedCounter {
  readonly counter: Counter
  readonly series: Series
  /** The seconds in which it rose, as a counter of its own, where the table asks for that. */
  readonly throttled: Series | undefined
}

/** Whether it rose after it was quiet and no export has carried that yet. Never true of a busy counter. */
export function hasRisenAfterQuiet({ counter, series }: TrackedCounter): boolean {
  return series.exported.hasRisenAfterQuiet && counter.busy !== true
}

export interface Tracker {
  /** Every counter seen so far, in the order of the kernel. */
  readonly tracked: () => Iterable<TrackedCounter>
  /**
   * Reads once and takes what is accepted into the series.
   *
   * @param time milliseconds since the epoch
   * @param steadyMs a clock that never jumps
   * @param end that clock, called when the read is over
   * @returns `risen` when it was read and a counter has risen after it was quiet; `absent` when there is nothing to read at the moment
   * @throws what the reader throws
   */
  readonly sample: (
    coverage: Coverage,
    time: number,
    steadyMs: number,
    end?: () => number,
  ) => 'read' | 'risen' | 'absent' | DiscardReason
  /** Goes on with another reader of the same counters; the series stay. */
  readonly continueWith: (reader: Reader) => void
  readonly close: () => void
}

/** What is kept of busy counters: their last value, or each change. */
export type Detail = 'changes' | 'full'

/**
 * @param startTime since when the kernel counts, milliseconds since the epoch
 * @param zeroTime when the counters were certainly 0; `undefined` where they counted before the agent
 */
export function createTracker(
  first: Reader,
  guardFor: GuardFor | undefined,
  startTime: number,
  zeroTime?: number,
  detail: Detail = 'changes',
): Tracker {
  const byKey = new Map<string, TrackedCounter>()
  let reader = first
  /** By position in the reader's values; `undefined`: not reported. */
  let followed: readonly (TrackedCounter | undefined)[] = []
  const sample: Sample = { value: 0, time: 0, steadyMs: 0, endMs: 0, wasReset: false }
  let accepted = new Float64Array(0)
  let guard: Guard | undefined
  let wasReset: WasReset | undefined
  /** When a read was accepted last, on the steady clock; `undefined` before the first. */
  let acceptedMs: number | undefined

  const follow = (): void => {
    followed = reader.block.names.map((key) => {
      const known = byKey.get(key)
      if (known) return known
      const counter = counterFor(reader.block.from, key)
      if (!counter) return undefined
      const tracked: TrackedCounter = {
        counter,
        series: createSeries(kindOf(counter), detail === 'full' || counter.busy !== true, startTime, zeroTime),
        throttled: counter.throttled === undefined ? undefined : createSeries('counter', false, undefined),
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
   * Files are read one after the other. If a reset of the device ends between two of them, the first files say 0. A first read has nothing
   * to compare that with, so it is read twice.
   */
  const readWhole = (coverage: Coverage): ReturnType<Reader['read']> => {
    const outcome = reader.read(coverage)
    const mayBeTorn = acceptedMs === undefined && reader.block.from === 'statistics' && outcome === 'read'
    return mayBeTorn ? reader.read(coverage) : outcome
  }

  return {
    tracked: () => byKey.values(),
    sample: (coverage, time, steadyMs, end) => {
      const outcome = readWhole(coverage)
      const endMs = end?.() ?? steadyMs
      if (outcome === 'absent') return outcome
      if (outcome === 'changed') follow()
      const { values } = reader.block
      const discarded =
        guard?.(values, accepted, acceptedMs === undefined ? undefined : steadyMs - acceptedMs) ??
        (reader.isUnanswered?.() ? 'unanswered' : undefined)
      if (discarded !== undefined) return discarded
      acceptedMs = steadyMs
      const isReset = wasReset?.(values, accepted) ?? false
      let hasRisen = false
      sample.time = time
      sample.steadyMs = steadyMs
      sample.endMs = endMs
      for (let i = 0; i < followed.length; i++) {
        const tracked = followed[i]
        const value = values[i]!
        if (tracked === undefined || Number.isNaN(value)) continue
        accepted[i] = value
        sample.value = value
        sample.wasReset = isReset && isAllowanceCounter(tracked.counter.key)
        observe(tracked.series, sample)
        if (tracked.throttled) observeThrottled(tracked.throttled, tracked.series, sample)
        if (hasRisenAfterQuiet(tracked)) hasRisen = true
      }
      return hasRisen ? 'risen' : 'read'
    },
    continueWith: (next) => {
      reader.close()
      reader = next
      follow()
    },
    close: () => reader.close(),
  }
}

/** Takes the throttled seconds of a counter into their own series. */
export function observeThrottled(throttled: Series, { rate }: Series, sample: Sample): void {
  sample.value = rate.throttledSeconds
  sample.wasReset = false
  observe(throttled, sample)
}

const ROWS: ReadonlyMap<string, Counter> = new Map(COUNTERS.map((row) => [`${row.from} ${row.key}`, row]))

/** The row of the table, or the row for the rest; `undefined` for what isn't reported (columns of conntrack). */
function counterFor(from: Counter['from'], key: string): Counter | undefined {
  const row = ROWS.get(`${from} ${key}`)
  if (row) return row
  if (from === 'statistics') return otherStatistic(key)
  if (from === 'ethtool') return otherEthtoolStatistic(key)
  return undefined
}

/** An updowncounter is sampled like a gauge: a fall is no reset. */
function kindOf({ metric }: Counter): 'counter' | 'gauge' {
  return metricNamed(metric).kind === 'counter' ? 'counter' : 'gauge'
}
