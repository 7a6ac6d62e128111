// The samples of a series that no collection has returned, in the order of their times.
import { pointOf, type SampledSeries } from '../sampling/series.ts'
import type { SampledPoint } from '../sampling/value.ts'

/** The change points, less the one that was exported already, and the last sample. */
export function newSamples(series: SampledSeries): readonly SampledPoint[] {
  const samples = series.changes.filter(({ time }) => time !== series.exported.point?.time)
  if (samples.at(-1)?.time !== series.time) samples.push(pointOf(series))
  return samples
}

/**
 * The points in their order, none of them before `minTime`. Those that are older move there, a millisecond apart: what a series begins with,
 * and what was read of an interface before its reads failed.
 */
export function notBefore(minTime: number, points: readonly SampledPoint[]): readonly SampledPoint[] {
  if (points[0]!.time >= minTime) return points
  let earliest = minTime
  return points.map((point) => {
    const time = Math.max(point.time, earliest)
    earliest = time + 1
    return { ...point, time }
  })
}
