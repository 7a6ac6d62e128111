// The points of a counter that an export carries beside its last value.

/**
 * The sample before each change, and the change, since the last export. Of a counter that keeps no changes, those around a reset. A zero
 * where the counter was reset and its values do not show it.
 */
export interface ChangeLog {
  /** Milliseconds since the epoch. */
  readonly times: number[]
  readonly values: number[]
  /** Start times of the points: a reset between two of them begins a new one. */
  readonly startTimes: number[]
}

export function createChangeLog(): ChangeLog {
  return { times: [], values: [], startTimes: [] }
}

/** More than an hour of changes, one a second: exports may be further apart than that. */
const MAX_CHANGES = 4096

/** Adds a point, once; of two points in one millisecond the later one is kept. */
export function addChange(log: ChangeLog, time: number, value: number, startTime: number): void {
  if (log.times.length >= MAX_CHANGES) thin(log)
  const last = log.times.length - 1
  const at = log.times[last] === time ? last : last + 1
  log.times[at] = time
  log.values[at] = value
  log.startTimes[at] = startTime
}

/** Removes every other point except the last and those around a reset: the total increase stays the same. */
function thin(log: ChangeLog): void {
  const { times, values, startTimes } = log
  let kept = 0
  for (let i = 0; i < times.length; i++) {
    const start = startTimes[i]
    const isAtReset = start !== startTimes[i - 1] || start !== startTimes[i + 1]
    if (i % 2 === 1 && !isAtReset) continue
    times[kept] = times[i]!
    values[kept] = values[i]!
    startTimes[kept] = start!
    kept++
  }
  truncate(log, kept)
}

/** Removes all points. */
export function clearChanges(log: ChangeLog): void {
  truncate(log, 0)
}

function truncate({ times, values, startTimes }: ChangeLog, length: number): void {
  times.length = length
  values.length = length
  startTimes.length = length
}
