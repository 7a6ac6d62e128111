// One counter over the updates of a view: its total, rate, peak and history.
import type { Point } from './metric-points.ts'

/** Updates that a history holds. */
export const HISTORY = 30

export interface SeriesView {
  /** As last read: since boot, attachment or reset. */
  readonly total: number
  /** Increase since the first update. */
  readonly risen: number
  /** Since the previous update; `undefined` at the first one, and when the counter wasn't read this time. */
  readonly perSecond: number | undefined
  /** The highest second since the first update; `undefined` where none has been measured. */
  readonly peak: number | undefined
  /** `perSecond` of the last updates except the first one, the newest last. */
  readonly history: readonly (number | undefined)[]
  readonly time: number
  readonly startTime: number
}

/** Samples are at least 100 ms apart, and may be early by some ms. They are closer only after the wall clock was set back. */
const MIN_INTERVAL_MS = 50

/**
 * The series after another update.
 *
 * @param points what was read since the previous update; none when it couldn't be read
 * @param peak the highest second since the previous update
 * @returns `undefined` when the counter has never been read
 */
export function updateSeries(
  before: SeriesView | undefined,
  points: readonly Point[],
  peak: number | undefined,
): SeriesView | undefined {
  const last = points.at(-1)
  if (last === undefined || (before && last.time <= before.time))
    return before && { ...before, perSecond: undefined, history: [...before.history, undefined].slice(-HISTORY) }

  const rise = increase(points, before)
  const ms = before ? last.time - before.time : 0
  const perSecond = ms >= MIN_INTERVAL_MS ? rise / (ms / 1000) : undefined
  return {
    total: last.value,
    risen: (before?.risen ?? 0) + rise,
    perSecond,
    peak: highest(before?.peak, peak),
    history: before ? [...before.history, perSecond].slice(-HISTORY) : [],
    time: last.time,
    startTime: last.startTime,
  }
}

/** What was added from `before`, or else from the first point, to the last one. A counter with a new start time was reset to 0. */
export function increase(points: readonly Point[], before?: Pick<SeriesView, 'time' | 'startTime' | 'total'>): number {
  let sum = 0
  let value = before?.total
  let startTime = before?.startTime
  for (const point of points) {
    if (before && point.time <= before.time) continue
    if (value !== undefined) sum += point.startTime === startTime ? point.value - value : point.value
    ;({ value, startTime } = point)
  }
  return sum
}

/** What two series together did; `undefined` when neither has been read. */
export function sumOf(
  a: SeriesView | undefined,
  b: SeriesView | undefined,
): Pick<SeriesView, 'risen' | 'perSecond'> | undefined {
  if (!a || !b) return a ?? b
  const perSecond = a.perSecond === undefined || b.perSecond === undefined ? undefined : a.perSecond + b.perSecond
  return { risen: a.risen + b.risen, perSecond }
}

/** The higher of two numbers either of which may be missing. */
export function highest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.max(a, b)
}
