// What a counter or gauge is now, and since when it counts.

/** Times are milliseconds since the epoch, values in the unit of the metric. */
export interface Value {
  readonly kind: 'counter' | 'gauge'
  /** Since when it counts: boot, attachment or a reset. `undefined` before the first sample of what nothing counted before. */
  startTime: number | undefined
  /**
   * When it was certainly 0, where it appeared while the agent was running; `undefined` where it counted before. A store that keeps no
   * start times does not count the first value of a series.
   */
  readonly zeroTime: number | undefined
  /** The last sample; `undefined` before the first. */
  time: number | undefined
  value: number | undefined
  /** Highest value ever seen; `undefined` before the first sample. */
  highest: number | undefined
  /** The first sample; `undefined` before it. */
  first: SampledPoint | undefined
}

/** A value with the time it was read and its start time. */
export interface SampledPoint {
  readonly startTime: number
  readonly time: number
  readonly value: number
}

/** One value of one counter. A tracker fills the same object again for each value, so that a read allocates none. */
export interface Sample {
  /** In the unit of the metric. */
  value: number
  /** Wall clock, milliseconds since the epoch. */
  time: number
  /** When the read began, milliseconds on a clock that never jumps: rates are calculated with it. */
  steadyMs: number
  /** When the read ended, on the same clock. */
  endMs: number
  /** The counter was set to 0 since the last sample, though it may have risen above its old value since. */
  wasReset: boolean
}

/** What a sample is to the one before it. */
export type Change = 'first' | 'same' | 'changed' | 'reset'

/** A counter that fell was reset, also where the sample does not say so. */
export function changeOf({ kind, value: before }: Value, { value, wasReset }: Sample): Change {
  if (before === undefined) return 'first'
  if (kind === 'counter' && (wasReset || value < before)) return 'reset'
  return value === before ? 'same' : 'changed'
}

/** By how much a counter rose; after a reset all of it is new. A first sample says nothing about the time before it. */
export function riseOf({ value: before = 0 }: Value, { value }: Sample, change: Change): number {
  if (change === 'first') return 0
  return change === 'reset' ? value : value - before
}

/** When a counter was 0 before this sample, if its values do not show it: `undefined` where they do, or where it was never 0. */
export function hiddenZeroTime(now: Value, { value, time }: Sample, change: Change): number | undefined {
  let zeroTime: number | undefined
  if (change === 'reset' && value >= now.value!) zeroTime = now.time! + 1
  if (change === 'first' && now.kind === 'counter' && value > 0) zeroTime = now.zeroTime
  return zeroTime !== undefined && zeroTime < time ? zeroTime : undefined
}

/**
 * Takes the sample. After a reset the counter counts from the last time it was seen before, the tightest bound there is. Where the wall
 * clock was set back meanwhile, it counts from just before this sample. A start time at the sample would be that of the next reset.
 */
export function setValue(now: Value, { value, time }: Sample, change: Change): void {
  if (change === 'reset') now.startTime = Math.min(now.time ?? time, time - 1)
  if (change === 'first') now.startTime = now.startTime === undefined ? time : Math.min(now.startTime, time - 1)
  now.first ??= { startTime: now.startTime ?? time, time, value }
  if (now.highest === undefined || value > now.highest) now.highest = value
  now.time = time
  now.value = value
}
