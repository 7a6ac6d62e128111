// One counter's course in time: since when it counts, what it is now, how it changed since the last export.

/** Times are milliseconds since the epoch, values in the unit of the metric. */
export interface Series {
  readonly kind: 'counter' | 'gauge'
  /** Keeps every change, because it is usually quiet. */
  readonly keepsChanges: boolean
  /** Since when it counts: boot, attachment, the moment of a reset, or its first sample where nothing counted before (NaN until then). */
  startTime: number
  /**
   * When it was certainly 0, where it began under our eyes; NaN where it counted before. A store that keeps no start times takes
   * the first value of a series for a level, and doesn't count it.
   */
  readonly zeroTime: number
  /** The last sample; NaN before the first. */
  time: number
  value: number
  /**
   * The last sample and each change since the last export: the quiet sample before a change, and the change. A zero where it
   * began anew and the values don't show it.
   */
  readonly changeTimes: number[]
  readonly changeValues: number[]
  /** Start times that belong to the change points: a reset between two of them begins a new one. */
  readonly changeStartTimes: number[]
  /** Highest rate, per second, of the seconds since the last export; NaN when none has passed. */
  peak: number
  /** One-second slots in which it rose, since the first sample. */
  throttledSeconds: number
  /** Highest value ever seen; NaN before the first sample. */
  highest: number
  /** The second that is going on: where it began, on the steady clock, and how much the counter has risen in it. */
  slotStart: number
  slotRise: number
  /** The first sample; NaN before it. */
  firstStartTime: number
  firstTime: number
  firstValue: number
  /** The last point that was exported, and under which attributes; NaN and `undefined` before the first. */
  exportedAs: string | undefined
  exportedTime: number
  exportedValue: number
  exportedStartTime: number
}

export function createSeries(
  kind: 'counter' | 'gauge',
  keepsChanges: boolean,
  startTime: number,
  zeroTime = Number.NaN,
): Series {
  return {
    kind,
    keepsChanges: keepsChanges && kind === 'counter',
    startTime,
    zeroTime,
    time: Number.NaN,
    value: Number.NaN,
    changeTimes: [],
    changeValues: [],
    changeStartTimes: [],
    peak: Number.NaN,
    throttledSeconds: 0,
    highest: Number.NaN,
    slotStart: Number.NaN,
    slotRise: 0,
    firstStartTime: Number.NaN,
    firstTime: Number.NaN,
    firstValue: Number.NaN,
    exportedAs: undefined,
    exportedTime: Number.NaN,
    exportedValue: Number.NaN,
    exportedStartTime: Number.NaN,
  }
}

/**
 * Takes a sample in. A counter that fell was reset: it counts from the last time it was seen before, the tightest bound there is.
 *
 * @param time wall clock, milliseconds since the epoch
 * @param steadyMs a clock that never jumps, for rates
 * @param wasReset the counter was set to 0 since the last sample, though it may have risen above its old value
 */
export function observe(series: Series, value: number, time: number, steadyMs: number, wasReset = false): void {
  const isFirst = Number.isNaN(series.time)
  const isAnew = series.kind === 'counter' && (wasReset || value < series.value)
  const changed = !isFirst && (isAnew || value !== series.value)
  if (changed && series.keepsChanges) keep(series, series.time, series.value)
  if (series.kind === 'counter') countSlot(series, isFirst ? 0 : isAnew ? value : value - series.value, steadyMs)
  if (isAnew && value >= series.value) beginAtZero(series, series.time + 1, series.time, time)
  else if (isAnew) series.startTime = series.time
  if (isFirst && series.kind === 'counter' && value > 0) beginAtZero(series, series.zeroTime, series.startTime, time)
  if (Number.isNaN(series.startTime)) series.startTime = time
  if (isFirst) {
    series.firstStartTime = series.startTime
    series.firstTime = time
    series.firstValue = value
  }
  if (!(value <= series.highest)) series.highest = value
  series.time = time
  series.value = value
  if (changed && series.keepsChanges) keep(series, time, value)
}

/** The series counts since `startTime` and was 0 at `zeroTime`. */
function beginAtZero(series: Series, zeroTime: number, startTime: number, time: number): void {
  series.startTime = startTime
  if (zeroTime < time) keep(series, zeroTime, 0)
}

/** Adds to the change points, once; of two samples in one millisecond the later one. */
function keep(series: Series, time: number, value: number): void {
  const last = series.changeTimes.length - 1
  const at = series.changeTimes[last] === time ? last : last + 1
  series.changeTimes[at] = time
  series.changeValues[at] = value
  series.changeStartTimes[at] = series.startTime
}

/** Timers are a little early now and then: 950 ms pass for a second, so that a second isn't stretched to two. */
const SLOT_MS = 950

/**
 * Adds to the second that is going on and closes it when it is over. A slot is as long as the samples are apart when that is more
 * than a second: its rate is then an average, and it counts as one second throttled, which is the least it can have been.
 */
function countSlot(series: Series, rose: number, steadyMs: number): void {
  if (Number.isNaN(series.slotStart)) {
    series.slotStart = steadyMs
    return
  }
  series.slotRise += rose
  const length = steadyMs - series.slotStart
  if (length < SLOT_MS) return
  const rate = series.slotRise / (length / 1000)
  if (!(rate <= series.peak)) series.peak = rate
  if (series.slotRise > 0) series.throttledSeconds += 1
  series.slotStart = steadyMs
  series.slotRise = 0
}

/** Notes that all points up to now are exported under these attributes: the peak and the change points begin anew. */
export function markExported(series: Series, attributes: string): void {
  series.exportedAs = attributes
  series.exportedTime = series.time
  series.exportedValue = series.value
  series.exportedStartTime = series.startTime
  series.changeTimes.length = 0
  series.changeValues.length = 0
  series.changeStartTimes.length = 0
  series.peak = Number.NaN
}
