// What an export carries: the points of each metric since the last one, under the names of the metrics table.
import { markExported, type Series } from '../series.ts'
import type { TrackedCounter } from '../tracker.ts'
import { type Metric, METRICS } from './table.ts'

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

/** A group of counters with the attributes that all of them have, for example those of one interface. */
export interface CounterGroup {
  readonly counters: Iterable<TrackedCounter>
  readonly attributes: Attributes
  /** The attributes are not those of the last export: their series are new ones for whoever stores them. */
  readonly renamed: boolean
}

export interface Collection {
  /** Adds what has happened to the group's counters since they were collected last. */
  readonly add: (group: CounterGroup) => void
  /** Adds a point of another metric. */
  readonly addPoint: (metric: Metric, point: Point) => void
  /** All points, by metric, in the order of their first point. */
  readonly metrics: () => readonly MetricPoints[]
}

/** @param delta send what was added since the last point instead of totals */
export function createCollection(delta: boolean): Collection {
  const byName = new Map<string, MetricPoints>()

  const pointsOf = (metric: Metric): Point[] => {
    const known = byName.get(metric.name)
    if (known) return known.points
    const points: Point[] = []
    byName.set(metric.name, { metric, points })
    return points
  }

  const addCounter = (points: Point[], series: Series, attributes: Attributes, renamed: boolean): void => {
    const before = Number.isNaN(series.exportedTime) ? undefined : exported(series)
    const samples = newSamples(series)
    if (delta) {
      for (const [i, sample] of samples.entries())
        points.push({ ...since(i === 0 ? before : samples[i - 1], sample), attributes })
      return
    }
    // Under new attributes the store begins a new series: it gets the last point of the old one first, so that what is counted
    // between the two is not lost.
    if (renamed && before) points.push({ ...before, attributes })
    for (const sample of samples) points.push({ ...sample, attributes })
  }

  const addGauge = (name: string | undefined, value: number, time: number, attributes: Attributes): void => {
    if (name === undefined || Number.isNaN(value)) return
    pointsOf(metricNamed(name)).push({ attributes, startTime: time, time, value })
  }

  return {
    metrics: () => [...byName.values()],
    addPoint: (metric, point) => void pointsOf(metric).push(point),
    add: ({ counters, attributes: common, renamed }) => {
      for (const { counter, series, throttled } of counters) {
        if (Number.isNaN(series.time) || series.time === series.exportedTime) continue
        const attributes = { ...common, ...counter.attributes }
        if (series.kind === 'gauge') addGauge(counter.metric, series.value, series.time, attributes)
        else addCounter(pointsOf(metricNamed(counter.metric)), series, attributes, renamed)
        if (counter.throttled && throttled) {
          addCounter(pointsOf(metricNamed(counter.throttled)), throttled, attributes, renamed)
          markExported(throttled)
        }
        addGauge(counter.peak, series.peak, series.time, attributes)
        addGauge(counter.highest, series.highest, series.time, attributes)
        markExported(series)
      }
    },
  }
}

type Sample = Omit<Point, 'attributes'>

function exported({ exportedStartTime, exportedTime, exportedValue }: Series): Sample {
  return { startTime: exportedStartTime, time: exportedTime, value: exportedValue }
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

/** What was added between two points; after a reset all of it. */
function since(before: Sample | undefined, point: Sample): Sample {
  if (before === undefined || before.startTime !== point.startTime) return point
  return { startTime: before.time, time: point.time, value: point.value - before.value }
}

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map((metric) => [metric.name, metric]))

function metricNamed(name: string): Metric {
  const metric = BY_NAME.get(name)
  if (!metric) throw new Error(`metrics/table.ts: ${name} has no row in METRICS`)
  return metric
}
