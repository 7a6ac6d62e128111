// One counter's course in time: since when it counts, what it is now, how it changed since the last export.

/** Times are milliseconds since the epoch, values in the unit of the metric. */
export interface Series {
  readonly kind: 'counter' | 'gauge'
  /** Keeps every change: because it is usually quiet, or because all detail is asked for. */
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
   * The last sample and each change since the last export: the quiet sample before a change, and the change. Of a series that keeps
   * none, those around a reset. A zero where it began anew and the values don't show it.
   */
  readonly changeTimes: number[]
  readonly changeValues: number[]
  /** Start times that belong to the change points: a reset between two of them begins a new one. */
  readonly changeStartTimes: number[]
  /** Whole exports in a row, up to now, without a change before them. After two of them a whole interval was quiet. */
  quietExports: number
  /** It rose after it was quiet, and no export has told so yet. */
  isNews: boolean
  /** Highest rate, per second, of the seconds since the last whole export; NaN when none has passed. */
  peak: number
  /** One-second slots in which it rose, since the first sample. */
  throttledSeconds: number
  /** Highest value ever seen; NaN before the first sample. */
  highest: number
  /** The second that is going on: where it began and when it is over, on the steady clock, and how much the counter has risen in it. */
  slotStart: number
  slotDue: number
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
  zeroTime: number = Number.NaN,
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
    quietExports: QUIET_EXPORTS,
    isNews: false,
    peak: Number.NaN,
    throttledSeconds: 0,
    highest: Number.NaN,
    slotStart: Number.NaN,
    slotDue: Number.NaN,
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

/** So many whole exports without a change make the next rise news: no series is exported early twice in an interval. */
const QUIET_EXPORTS = 2

/**
 * Takes a sample in. A counter that fell was reset: it counts from the last time it was seen before, the tightest bound there is.
 *
 * @param time wall clock, milliseconds since the epoch
 * @param steadyMs a clock that never jumps, for rates: when the read began
 * @param wasReset the counter was set to 0 since the last sample, though it may have risen above its old value
 * @param endMs when the read was over, on the steady clock
 */
export function observe(
  series: Series,
  value: number,
  time: number,
  steadyMs: number,
  wasReset = false,
  endMs: number = steadyMs,
): void {
  const isFirst = Number.isNaN(series.time)
  const isAnew = series.kind === 'counter' && (wasReset || value < series.value)
  const changed = !isFirst && (isAnew || value !== series.value)
  // A fall between two exports doesn't show in a busy series that has risen above its old value by the second one.
  const isKept = changed && (series.keepsChanges || isAnew)
  if (isKept) keep(series, series.time, series.value)
  if (series.kind === 'counter') {
    countSlot(series, isFirst ? 0 : isAnew ? value : value - series.value, steadyMs, endMs)
    const rose = isFirst ? !Number.isNaN(series.zeroTime) && value > 0 : changed && value > 0
    if (rose && series.keepsChanges && series.quietExports >= QUIET_EXPORTS) series.isNews = true
    if (rose || changed) series.quietExports = 0
  }
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
  if (isKept) keep(series, time, value)
}

/** The series counts since `startTime` and was 0 at `zeroTime`. */
function beginAtZero(series: Series, zeroTime: number, startTime: number, time: number): void {
  series.startTime = startTime
  if (zeroTime < time) keep(series, Math.max(zeroTime, time - OLDEST_ZERO_MS), 0)
}

/** An interface may be down for hours before it can be read: a zero from then would be too old for the store (AMP takes an hour). */
const OLDEST_ZERO_MS = 60_000

/** Adds to the change points, once; of two samples in one millisecond the later one. */
function keep(series: Series, time: number, value: number): void {
  if (series.changeTimes.length >= MOST_CHANGES) thin(series)
  const last = series.changeTimes.length - 1
  const at = series.changeTimes[last] === time ? last : last + 1
  series.changeTimes[at] = time
  series.changeValues[at] = value
  series.changeStartTimes[at] = series.startTime
}

/** More than an hour of changes, one a second: for an export that is further away than that. */
const MOST_CHANGES = 4096

/** Leaves out every other change point, but those around a reset and the last: what it has risen by in all stays the same. */
function thin({ changeTimes, changeValues, changeStartTimes }: Series): void {
  let kept = 0
  for (let i = 0; i < changeTimes.length; i++) {
    const start = changeStartTimes[i]
    const isAtReset = start !== changeStartTimes[i - 1] || start !== changeStartTimes[i + 1]
    if (i % 2 === 1 && !isAtReset) continue
    changeTimes[kept] = changeTimes[i]!
    changeValues[kept] = changeValues[i]!
    changeStartTimes[kept] = start!
    kept++
  }
  for (const points of [changeTimes, changeValues, changeStartTimes]) points.length = kept
}

/** Timers are a little early or late: a second that is as much short is one, so that it isn't stretched to two. */
const JITTER_MS = 50

/**
 * Adds to the second that is going on and closes it when it is over. A slot is as long as the samples are apart when that is more
 * than a second: its rate is then an average, and it counts as one second throttled, which is the least it can have been.
 *
 * No peak is higher than the counter's course: what rose between two reads is divided by the time from the beginning of the one to
 * the end of the other (a read may wait for a lock), and by a second at least. No more seconds are counted than have passed.
 */
function countSlot(series: Series, rose: number, steadyMs: number, endMs: number): void {
  if (Number.isNaN(series.slotStart)) {
    series.slotStart = steadyMs
    series.slotDue = steadyMs + 1000 - JITTER_MS
    return
  }
  series.slotRise += rose
  if (steadyMs < series.slotDue) return
  const rate = series.slotRise / Math.max(1, (endMs - series.slotStart) / 1000)
  if (!(rate <= series.peak)) series.peak = rate
  if (series.slotRise > 0) series.throttledSeconds += 1
  const isInStep = endMs < series.slotDue + 2 * JITTER_MS
  series.slotDue = isInStep ? series.slotDue + 1000 : endMs + 1000 - JITTER_MS
  series.slotStart = steadyMs
  series.slotRise = 0
}

/**
 * Notes that all points up to now are exported under these attributes: the change points begin anew. After a whole export the peak
 * does, too; an early one tells it as far as it is known, and the next whole one that of all seconds since the last.
 */
export function markExported(series: Series, attributes: string, isWhole = true): void {
  series.exportedAs = attributes
  series.exportedTime = series.time
  series.exportedValue = series.value
  series.exportedStartTime = series.startTime
  series.changeTimes.length = 0
  series.changeValues.length = 0
  series.changeStartTimes.length = 0
  series.isNews = false
  if (!isWhole) return
  series.peak = Number.NaN
  series.quietExports += 1
}
