// A counter with delta temporality: what was added from one point to the next. No two deltas overlap.
import type { AttributeSet } from '../sampling/attribute-sets.ts'
import { markExported, type SampledSeries } from '../sampling/series.ts'
import type { SampledPoint } from '../sampling/value.ts'
import { newSamples, notBefore } from './new-samples.ts'

/**
 * What a counter has added since the last collection, no point of it before `minTime`, and marks it as exported under these attributes.
 * Times are milliseconds since the epoch.
 *
 * @param isWhole the export carries every series
 * @param deltaSince nothing of what was counted before this time is returned
 */
export function takeDeltas(
  series: SampledSeries,
  set: AttributeSet,
  minTime: number,
  isWhole: boolean,
  deltaSince: number,
): readonly SampledPoint[] {
  const points: SampledPoint[] = []
  let before = series.exported.point ?? baseline(series, deltaSince)
  for (const sample of notBefore(minTime, newSamples(series))) {
    // Where the wall clock was set back, the next delta that is later than the last one holds what was counted meanwhile.
    if (before !== undefined && sample.time <= before.time) continue
    points.push(since(before, sample, set.takenAfter))
    before = sample
  }
  markExported(series, set, isWhole, before)
  return points
}

/** What had been counted before anybody sent deltas; `undefined` for a counter that began later: all of it is new. */
function baseline({ first }: SampledSeries, deltaSince: number): SampledPoint | undefined {
  return first !== undefined && first.startTime < deltaSince ? first : undefined
}

/** What was added between two points; after a reset all of it. No two deltas overlap, nor do those of two interfaces with one name. */
function since(
  before: SampledPoint | undefined,
  { startTime, time, value }: SampledPoint,
  takenAfter = Number.NEGATIVE_INFINITY,
): SampledPoint {
  const added = before?.startTime === startTime ? value - before.value : value
  const begin = before === undefined ? startTime : Math.max(before.time, startTime)
  return { startTime: Math.min(Math.max(begin, takenAfter), time), time, value: added }
}
