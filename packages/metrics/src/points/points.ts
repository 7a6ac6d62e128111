// What an export carries: the points of each metric since the last one, under the names of the metrics table.
import { isSampled, markExported, pointOf, type SampledSeries } from '../sampling/series.ts'
import { hasRisenAfterQuiet, type TrackedCounter } from '../sampling/tracker.ts'
import type { SampledPoint } from '../sampling/value.ts'
import { type Metric, metricNamed } from '../table.ts'

export type Attributes = Readonly<Record<string, string>>

/** Times in milliseconds since the epoch. `startTime` of a gauge is its own time. */
export interface Point extends SampledPoint {
  readonly attributes: Attributes
}

export interface MetricPoints {
  readonly metric: Metric
  readonly points: Point[]
}

/** What a collection takes: everything since the last one, or only the series that rose after they were quiet (an early export). */
export type Wanted = 'all' | 'risen'

/** A group of counters with the attributes that all of them have, for example those of one interface. */
export interface CounterGroup {
  readonly counters: Iterable<TrackedCounter>
  readonly attributes: Attributes
}

export interface Collection {
  /** Adds what has happened to the group's counters since they were collected last. */
  readonly add: (group: CounterGroup, wanted?: Wanted) => void
  /** Adds a point of another metric. */
  readonly addPoint: (metric: Metric, point: Point) => void
  /** All points, by metric, in the order of their first point. */
  readonly metrics: () => readonly MetricPoints[]
}

/**
 * @param deltaSince send what was added since the last point instead of totals, and nothing of what was counted before this time
 * @param repeats take series without a new sample again
 */
export function createCollection(deltaSince?: number, repeats = false): Collection {
  const byName = new Map<string, MetricPoints>()

  const pointsOf = (metric: Metric): Point[] => {
    const key = keyOf(metric)
    const known = byName.get(key)
    if (known) return known.points
    const points: Point[] = []
    byName.set(key, { metric, points })
    return points
  }

  const addCounter = (
    points: Point[],
    series: SampledSeries,
    attributes: Attributes,
    exportedAs: string,
    isWhole: boolean,
  ): void => {
    const samples = newSamples(series)
    if (deltaSince !== undefined) {
      let before = series.exported.point ?? baseline(series, deltaSince)
      for (const sample of samples) {
        if (sample.time !== before?.time) points.push({ ...since(before, sample), attributes })
        before = sample
      }
    } else {
      // Under new attributes the store begins a new series: it gets the last point of the old one first, so that what is
      // counted between the two is not lost.
      const before = series.exported.attributes === exportedAs ? undefined : series.exported.point
      if (before) points.push({ ...before, attributes })
      for (const sample of [...beginning(series, samples), ...samples]) points.push({ ...sample, attributes })
    }
    markExported(series, exportedAs, isWhole)
  }

  const addGauge = (
    name: string | undefined,
    value: number | undefined,
    series: SampledSeries,
    attributes: Attributes,
  ): void => {
    if (name === undefined || value === undefined) return
    const { time, startTime } = series
    const metric = metricNamed(name)
    pointsOf(metric).push({ attributes, startTime: metric.kind === 'updowncounter' ? startTime : time, time, value })
  }

  return {
    metrics: () => [...byName.values()].filter(({ points }) => points.length > 0),
    addPoint: (metric, point) => void pointsOf(metric).push(point),
    add: ({ counters, attributes: common }, wanted = 'all') => {
      const isWhole = wanted === 'all'
      const exportedAs = JSON.stringify(common) // the other attributes of a counter never change
      for (const tracked of counters) {
        const { counter, series, throttled } = tracked
        if (!isSampled(series) || (series.time === series.exported.point?.time && !repeats)) continue
        if (!isWhole && !hasRisenAfterQuiet(tracked)) continue
        const attributes = { ...common, ...counter.attributes }
        // Early, the second that is going on may not be over: a peak of 0 beside a rise would be odd.
        const { peak } = series.rate
        if (isWhole || (peak !== undefined && peak > 0)) addGauge(counter.peak, peak, series, attributes)
        addGauge(counter.highest, series.highest, series, attributes)
        if (series.kind === 'counter')
          addCounter(pointsOf(metricNamed(counter.metric)), series, attributes, exportedAs, isWhole)
        else {
          addGauge(counter.metric, series.value / (counter.divisor ?? 1), series, attributes)
          markExported(series, '')
        }
        if (!counter.throttled || !throttled || !isSampled(throttled)) continue
        if (isWhole || throttled.value !== throttled.exported.point?.value)
          addCounter(pointsOf(metricNamed(counter.throttled)), throttled, attributes, exportedAs, isWhole)
      }
    },
  }
}

/** What had been counted before anybody sent deltas; `undefined` for a counter that began later: all of it is new. */
function baseline({ first }: SampledSeries, deltaSince: number): SampledPoint | undefined {
  return first !== undefined && first.startTime < deltaSince ? first : undefined
}

/** The change points, less the one that was exported already, and the last sample. */
function newSamples(series: SampledSeries): readonly SampledPoint[] {
  const exportedTime = series.exported.point?.time ?? Number.NEGATIVE_INFINITY
  const samples = series.changes.filter(({ time }) => time > exportedTime)
  if (samples.at(-1)?.time !== series.time) samples.push(pointOf(series))
  return samples
}

/**
 * The first sample, where the first export would not show it: a store doesn't count what a series begins with, and what a busy counter
 * has risen by since then would be lost, or a throttled second.
 */
function beginning({ exported, first }: SampledSeries, samples: readonly SampledPoint[]): readonly SampledPoint[] {
  if (exported.point !== undefined || first === undefined) return []
  const { time, startTime, value } = samples[0]!
  const isShown = time <= first.time || (value === first.value && startTime === first.startTime)
  return isShown ? [] : [first]
}

/** What was added between two points; after a reset all of it. */
function since(before: SampledPoint | undefined, point: SampledPoint): SampledPoint {
  if (before === undefined || before.startTime !== point.startTime) return point
  // Where the wall clock was set back, the point before it is later.
  const startTime = Math.min(before.time, point.time)
  return { startTime, time: point.time, value: point.value - before.value }
}

/** Two scopes may have a metric of the same name. */
function keyOf({ name, scope = '' }: Metric): string {
  return `${scope} ${name}`
}
