// What an export carries: the points of each metric since the last one, under the names of the metrics table.
import { markExported, type Series } from '../sampling/series.ts'
import { isNews, type TrackedCounter } from '../sampling/tracker.ts'
import { type Metric, METRICS } from '../table.ts'

export type Attributes = Readonly<Record<string, string>>

/** Times in milliseconds since the epoch. `startTime` of a gauge is its own time. */
export interface Point {
  readonly attributes: Attributes
  readonly startTime: number
  readonly time: number
  readonly value: number
}

export interface MetricPoints {
  readonly metric: Metric
  readonly points: Point[]
}

/** What a collection takes: of each series what has happened since the last one, or only of those that are news (an early export). */
export type Extract = 'all' | 'changed'

/** A group of counters with the attributes that all of them have, for example those of one interface. */
export interface CounterGroup {
  readonly counters: Iterable<TrackedCounter>
  readonly attributes: Attributes
}

export interface Collection {
  /** Adds what has happened to the group's counters since they were collected last. */
  readonly add: (group: CounterGroup, extract?: Extract) => void
  /** Adds a point of another metric. */
  readonly addPoint: (metric: Metric, point: Point) => void
  /** All points, by metric, in the order of their first point. */
  readonly metrics: () => readonly MetricPoints[]
}

/** @param deltaSince send what was added since the last point instead of totals, and nothing of what was counted before this time */
export function createCollection(deltaSince?: number): Collection {
  const byName = new Map<string, MetricPoints>()

  const pointsOf = (metric: Metric): Point[] => {
    const known = byName.get(metric.name)
    if (known) return known.points
    const points: Point[] = []
    byName.set(metric.name, { metric, points })
    return points
  }

  const addCounter = (points: Point[], series: Series, attributes: Attributes, isWhole: boolean): void => {
    const samples = newSamples(series)
    const exportedAs = JSON.stringify(attributes)
    if (deltaSince !== undefined) {
      let before = exported(series) ?? baseline(series, deltaSince)
      for (const sample of samples) {
        if (sample.time !== before?.time) points.push({ ...since(before, sample), attributes })
        before = sample
      }
    } else {
      // Under new attributes the store begins a new series: it gets the last point of the old one first, so that what is
      // counted between the two is not lost.
      const before = series.exportedAs === exportedAs ? undefined : exported(series)
      if (before) points.push({ ...before, attributes })
      for (const sample of [...beginning(series, samples), ...samples]) points.push({ ...sample, attributes })
    }
    markExported(series, exportedAs, isWhole)
  }

  const addGauge = (name: string | undefined, value: number, time: number, attributes: Attributes): void => {
    if (name === undefined || Number.isNaN(value)) return
    pointsOf(metricNamed(name)).push({ attributes, startTime: time, time, value })
  }

  return {
    metrics: () => [...byName.values()].filter(({ points }) => points.length > 0),
    addPoint: (metric, point) => void pointsOf(metric).push(point),
    add: ({ counters, attributes: common }, extract = 'all') => {
      const isWhole = extract === 'all'
      for (const tracked of counters) {
        const { counter, series, throttled } = tracked
        if (Number.isNaN(series.time) || series.time === series.exportedTime) continue
        if (!isWhole && !isNews(tracked)) continue
        const attributes = { ...common, ...counter.attributes }
        // Early, the second that is going on may not be over: a peak of 0 beside a rise would be odd.
        if (isWhole || series.peak > 0) addGauge(counter.peak, series.peak, series.time, attributes)
        addGauge(counter.highest, series.highest, series.time, attributes)
        if (series.kind === 'counter') addCounter(pointsOf(metricNamed(counter.metric)), series, attributes, isWhole)
        else {
          addGauge(counter.metric, series.value, series.time, attributes)
          markExported(series, '')
        }
        if (counter.throttled && throttled && (isWhole || throttled.value !== throttled.exportedValue))
          addCounter(pointsOf(metricNamed(counter.throttled)), throttled, attributes, isWhole)
      }
    },
  }
}

type Sample = Omit<Point, 'attributes'>

function exported({ exportedStartTime, exportedTime, exportedValue }: Series): Sample | undefined {
  if (Number.isNaN(exportedTime)) return undefined
  return { startTime: exportedStartTime, time: exportedTime, value: exportedValue }
}

/** What had been counted before anybody sent deltas; `undefined` for a counter that began later: all of it is new. */
function baseline({ firstStartTime, firstTime, firstValue }: Series, deltaSince: number): Sample | undefined {
  if (firstStartTime >= deltaSince) return undefined
  return { startTime: firstStartTime, time: firstTime, value: firstValue }
}

/** The change points, less the one that was exported already, and the last sample. */
function newSamples(series: Series): Sample[] {
  const samples: Sample[] = []
  for (const [i, time] of series.changeTimes.entries()) {
    if (time <= series.exportedTime) continue
    samples.push({ startTime: series.changeStartTimes[i]!, time, value: series.changeValues[i]! })
  }
  if (samples.at(-1)?.time !== series.time)
    samples.push({ startTime: series.startTime, time: series.time, value: series.value })
  return samples
}

/**
 * The first sample, where the first export would not show it: a store doesn't count what a series begins with, and what a busy counter
 * has risen by since then would be lost, or a throttled second.
 */
function beginning(
  { exportedTime, firstStartTime, firstTime, firstValue }: Series,
  samples: readonly Sample[],
): Sample[] {
  const { time, startTime, value } = samples[0]!
  const isShown =
    !Number.isNaN(exportedTime) || time <= firstTime || (value === firstValue && startTime === firstStartTime)
  return isShown ? [] : [{ startTime: firstStartTime, time: firstTime, value: firstValue }]
}

/** What was added between two points; after a reset all of it. */
function since(before: Sample | undefined, point: Sample): Sample {
  if (before === undefined || before.startTime !== point.startTime) return point
  // Where the wall clock was set back, the point before it is later.
  const startTime = Math.min(before.time, point.time)
  return { startTime, time: point.time, value: point.value - before.value }
}

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map((metric) => [metric.name, metric]))

function metricNamed(name: string): Metric {
  const metric = BY_NAME.get(name)
  if (!metric) throw new Error(`metrics/table.ts: ${name} has no row in METRICS`)
  return metric
}

/** The points of two collections, the first one's before the second one's. */
export function inOrder(first: readonly MetricPoints[], second: readonly MetricPoints[]): readonly MetricPoints[] {
  const all = new Map(first.map(({ metric, points }) => [metric.name, { metric, points: [...points] }]))
  for (const { metric, points } of second) {
    const known = all.get(metric.name)
    if (known) known.points.push(...points)
    else all.set(metric.name, { metric, points: [...points] })
  }
  return [...all.values()]
}
