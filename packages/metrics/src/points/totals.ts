// A counter with cumulative temporality: its totals, and since when they count.
import type { AttributeSet } from '../sampling/attribute-sets.ts'
import type { Base, ExportCursor } from '../sampling/export-cursor.ts'
import { markExported, type SampledSeries } from '../sampling/series.ts'
import type { SampledPoint } from '../sampling/value.ts'
import { newSamples, notBefore } from './new-samples.ts'

/**
 * The totals of a counter since the last collection, none of them before `minTime`, and marks them as exported under these attributes.
 * Times are milliseconds since the epoch.
 *
 * @param isWhole the export carries every series
 */
export function takeTotals(
  series: SampledSeries,
  set: AttributeSet,
  minTime: number,
  isWhole: boolean,
): readonly SampledPoint[] {
  const { exported } = series
  const isNewName = exported.set !== set
  if (isNewName) exported.base = set.takenAfter === undefined ? undefined : baseOf(series, minTime)
  const points = notBefore(minTime, samplesOf(series, isNewName)).map((sample) => counted(sample, exported))
  markExported(series, set, isWhole)
  return points
}

/**
 * Under new attributes the store begins a new series: it gets the last point of the old one first, so that
 * what is counted between the two is not lost.
 */
function samplesOf(series: SampledSeries, isNewName: boolean): readonly SampledPoint[] {
  const samples = newSamples(series)
  const { point } = series.exported
  if (point === undefined) return [...beginning(series, samples), ...samples]
  return isNewName ? [point, ...samples] : samples
}

/**
 * The first sample, where the first export would not show it: a store doesn't count what a series begins with, and what a busy counter
 * has risen by since then would be lost, or a throttled second.
 */
function beginning({ first }: SampledSeries, samples: readonly SampledPoint[]): readonly SampledPoint[] {
  if (first === undefined) return []
  const { time, startTime, value } = samples[0]!
  const isShown = time <= first.time || (value === first.value && startTime === first.startTime)
  return isShown ? [] : [first]
}

/**
 * Where totals begin under attributes that another interface had, or this one before: at the last point under its old name, or at the first
 * sample. `undefined` where the counter itself begins at 0. Without it, the store takes the difference of two counters for an increase.
 */
function baseOf({ exported, first, zeroTime }: SampledSeries, minTime: number): Base | undefined {
  const sample = exported.point ?? (zeroTime === undefined ? first : undefined)
  if (sample === undefined) return undefined
  return { countedSince: sample.startTime, startTime: Math.max(sample.time, minTime), value: sample.value }
}

/**
 * A total as it is exported. Where the wall clock was set back to before the start time, the start time moves back as far as the points do,
 * and stays there: a start time that moved with each point would make each of them a reset. It is before the first point, which is where
 * the next reset starts.
 */
function counted({ startTime, time, value }: SampledPoint, exported: ExportCursor): SampledPoint {
  const { base, point: last } = exported
  const isBased = base?.countedSince === startTime
  const zero = isBased ? base.value : 0
  let since = isBased ? base.startTime : startTime
  if (since > time) {
    since = Math.min(time - 1, since - ((last?.time ?? since) - time))
    exported.base = { countedSince: startTime, startTime: since, value: zero }
  }
  return { startTime: since, time, value: value - zero }
}
