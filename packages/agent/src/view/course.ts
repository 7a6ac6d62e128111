// How one counter went on from look to look.
import type { Point } from '@ena-otel/metrics/src/points/points.ts'

/** Looks that a history holds. */
export const HISTORY = 30

export interface Course {
  /** As read last, since boot, attachment or reset. */
  readonly total: number
  /** Since the first look. */
  readonly risen: number
  /** Since the look before; `undefined` at the first one, and when the counter wasn't read this time. */
  readonly perSecond: number | undefined
  /** The highest second since the first look; `undefined` where none has been measured. */
  readonly peak: number | undefined
  /** `perSecond` of the last looks but the first one, the newest last. */
  readonly history: readonly (number | undefined)[]
  readonly time: number
  readonly startTime: number
}

/** Samples are 100 ms apart at least, and come a little early: closer are those after the wall clock was set back (`neverBack`). */
const LEAST_MS = 50

/**
 * The course after another look.
 *
 * @param points what was read since the look before; none when it couldn't be read
 * @param peak the highest second since the look before
 * @returns `undefined` when the counter has never been read
 */
export function nextCourse(
  before: Course | undefined,
  points: readonly Point[] | undefined,
  peak: number | undefined,
): Course | undefined {
  const last = points?.at(-1)
  const isNew = last !== undefined && !(before && last.time <= before.time)
  if (!isNew)
    return before && { ...before, perSecond: undefined, history: [...before.history, undefined].slice(-HISTORY) }

  const rise = riseOver(before, points!)
  const ms = before && last.time - before.time
  const perSecond = ms !== undefined && ms >= LEAST_MS ? rise / (ms / 1000) : undefined
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

/** What was added from `before`, or else from the first point, to the last one. A counter with a new start time began again at 0. */
export function riseOver(
  before: { readonly time: number; readonly startTime: number; readonly total: number } | undefined,
  points: readonly Point[],
): number {
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

/** The higher of two numbers either of which may be missing. */
export function highest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.max(a, b)
}
