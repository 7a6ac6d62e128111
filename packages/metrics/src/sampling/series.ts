// One counter or gauge over time: its value, its changes since the last export, its rate, and how far it has been exported.
import type { AttributeSet } from './attribute-sets.ts'
import { addChange, type ChangeLog } from './change-log.ts'
import { createExportCursor, type ExportCursor, moveCursor, recordChange } from './export-cursor.ts'
import { addRise, createRateWindow, type RateWindow } from './rate-window.ts'
import {
  type Change,
  changeOf,
  hiddenZeroTime,
  riseOf,
  type Sample,
  type SampledPoint,
  setValue,
  type Value,
} from './value.ts'

export interface Series extends Value {
  /** Keeps every change: because it is usually quiet, or because all detail is asked for. */
  readonly keepsChanges: boolean
  readonly changes: ChangeLog
  readonly rate: RateWindow
  readonly exported: ExportCursor
}

/** A series with at least one sample. */
export type SampledSeries = Series & SampledPoint & { highest: number }

/**
 * @param startTime since when it counts, milliseconds since the epoch; `undefined`: since its first sample
 * @param zeroTime when it was certainly 0; `undefined` where it counted before the agent
 */
export function createSeries(
  kind: 'counter' | 'gauge',
  keepsChanges: boolean,
  startTime: number | undefined,
  zeroTime?: number,
): Series {
  return {
    kind,
    keepsChanges: keepsChanges && kind === 'counter',
    startTime,
    zeroTime,
    time: undefined,
    value: undefined,
    highest: undefined,
    first: undefined,
    changes: [],
    rate: createRateWindow(),
    exported: createExportCursor(),
  }
}

/** Whether the series has a sample. */
export function isSampled(series: Series): series is SampledSeries {
  return series.time !== undefined
}

/** Takes a sample. The sample object may be used again afterwards. */
export function observe(series: Series, sample: Sample): void {
  const { value, time } = sample
  const change = changeOf(series, sample)
  if (series.kind === 'counter') addRise(series.rate, riseOf(series, sample, change), sample.steadyMs, sample.endMs)
  if (change === 'same') {
    series.time = time
    return
  }
  if (series.kind === 'counter') recordCounterChange(series, value, change)
  // A fall between two exports does not show in a busy series that has risen above its old value by the second one.
  const isKept = change === 'reset' || (change === 'changed' && series.keepsChanges)
  if (isKept && isSampled(series)) addChange(series.changes, pointOf(series))
  const zeroTime = hiddenZeroTime(series, sample, change)
  setValue(series, sample, change)
  const startTime = series.startTime ?? time
  if (zeroTime !== undefined)
    addChange(series.changes, { startTime, time: Math.max(zeroTime, time - MAX_ZERO_AGE_MS), value: 0 })
  if (isKept) addChange(series.changes, { startTime, time, value })
}

/** The last sample as a point. */
export function pointOf({ startTime, time, value }: SampledSeries): SampledPoint {
  return { startTime, time, value }
}

/** An interface may be down for hours before it can be read. A zero that old would be refused by the store (AMP accepts an hour). */
const MAX_ZERO_AGE_MS = 60_000

function recordCounterChange({ exported, keepsChanges, zeroTime }: Series, value: number, change: Change): void {
  const hasAppeared = zeroTime !== undefined && value > 0
  if (change !== 'first' || hasAppeared) recordChange(exported, keepsChanges && value > 0)
}

/**
 * Records that all points up to now, or up to `point`, are exported under these attributes, and clears the changes. A whole export clears the
 * peak as well. An early export carries the peak so far, and the next whole one the peak since the last whole one.
 */
export function markExported(
  series: SampledSeries,
  set: AttributeSet,
  isWhole = true,
  point: SampledPoint = pointOf(series),
): void {
  moveCursor(series.exported, point, set, isWhole)
  series.changes.length = 0
  if (isWhole) series.rate.peak = undefined
}
