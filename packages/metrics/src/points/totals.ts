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
  const before = isNewName || exported.point === undefined ? undefined : sinceBase(exported.point, exported.base)
  const points = notBefore(minTime, samplesOf(series, isNewName)).map((sample) => counted(sample, exported))
  markExported(series, set, isWhole)
  return exported.base === undefined ? points : showResets(before, points, minTime)
}

/**
 * The points, with a zero before each reset that they do not show. A total that began at 0 under a name may be lower at a reset than the
 * counter is after it.
 */
function showResets(
  before: SampledPoint | undefined,
  points: readonly SampledPoint[],
  minTime: number,
): readonly SampledPoint[] {
  let last = before
  return points.flatMap((point) => {
    const time = Math.max((last?.time ?? point.time) + 1, minTime)
    const isHidden = last !== undefined && last.startTime !== point.startTime && point.value >= last.value
    last = point
    return isHidden && time < point.time ? [{ startTime: point.startTime, time, value: 0 }, point] : [point]
  })
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
function counted(sample: SampledPoint, exported: ExportCursor): SampledPoint {
  const point = sinceBase(sample, exported.base)
  const { startTime, time, value } = point
  if (startTime <= time) return point
  const since = Math.min(time - 1, startTime - ((exported.point?.time ?? startTime) - time))
  exported.base = { countedSince: sample.startTime, startTime: since, value: sample.value - value }
  return { startTime: since, time, value }
}

function sinceBase({ startTime, time, value }: SampledPoint, base: Base | undefined): SampledPoint {
  if (base?.countedSince !== startTime) return { startTime, time, value }
  return { startTime: base.startTime, time, value: value - base.value }
}
