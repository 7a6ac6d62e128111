// What an export carries: the points of each metric since the last one, under the names of the metrics table.
import { type AttributeSet, type AttributeSets, createAttributeSets } from '../sampling/attribute-sets.ts'
import type { Base, ExportCursor } from '../sampling/export-cursor.ts'
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

/** What a collection takes: everything since the last one; or (an early export) the series that rose after they were quiet, and all changes. */
export type Wanted = 'all' | 'risen'

/** A group of counters with the attributes that all of them have, for example those of one interface. */
export interface CounterGroup {
  readonly counters: Iterable<TrackedCounter>
  readonly attributes: Attributes
  /** Whose they are: stays the same as long as an interface keeps its name. Default: always the same. */
  readonly owner?: string
}

export interface Collection {
  /** Adds what has happened to the group's counters since they were collected last. */
  readonly add: (group: CounterGroup, wanted?: Wanted) => void
  /** Adds a point of another metric. */
  readonly addPoint: (metric: Metric, point: Point) => void
  /** All points, by metric, in the order of their first point. */
  readonly metrics: () => readonly MetricPoints[]
}

export interface CollectionOptions {
  /** Send what was added since the last point instead of totals, and nothing of what was counted before this time. */
  readonly deltaSince?: number | undefined
  /** Take series without a new sample again. Default false. */
  readonly repeats?: boolean
  /** The same object for all collections of a node. */
  readonly attributeSets?: AttributeSets
  /** Time of the newest point of the earlier collections: no point of this one is older. Default: there is none. */
  readonly newest?: () => number
}

export function createCollection(options: CollectionOptions = {}): Collection {
  const { deltaSince, repeats = false, attributeSets = createAttributeSets(), newest = () => -Infinity } = options
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
    set: AttributeSet,
    minTime: number,
    isWhole: boolean,
  ): void => {
    const { exported } = series
    if (deltaSince !== undefined) {
      let before = exported.point ?? baseline(series, deltaSince)
      for (const sample of notBefore(minTime, newSamples(series))) {
        // Where the wall clock was set back, the next delta that is later than the last one holds what was counted meanwhile.
        if (before !== undefined && sample.time <= before.time) continue
        points.push({ ...since(before, sample, set.takenAfter), attributes })
        before = sample
      }
      markExported(series, set, isWhole, before)
    } else {
      const isNewName = exported.set !== set
      if (isNewName) exported.base = set.takenAfter === undefined ? undefined : baseOf(series, minTime)
      for (const sample of notBefore(minTime, totals(series, isNewName)))
        points.push({ ...counted(sample, exported), attributes })
      markExported(series, set, isWhole)
    }
  }

  const addGauge = (
    name: string | undefined,
    value: number | undefined,
    series: SampledSeries,
    attributes: Attributes,
    minTime: number,
  ): void => {
    if (name === undefined || value === undefined) return
    const { startTime } = series
    const time = Math.max(series.time, minTime)
    const metric = metricNamed(name)
    const since = metric.kind === 'updowncounter' ? Math.min(startTime, time) : time
    pointsOf(metric).push({ attributes, startTime: since, time, value })
  }

  return {
    metrics: () => [...byName.values()].filter(({ points }) => points.length > 0),
    addPoint: (metric, point) => void pointsOf(metric).push(point),
    add: ({ counters, attributes: common, owner = '' }, wanted = 'all') => {
      const isWhole = wanted === 'all'
      const set = attributeSets.claim(JSON.stringify(common), owner) // the other attributes of a counter never change
      const minTime = Math.max(newest(), (set.takenAfter ?? -Infinity) + 1)
      // Totals follow a clock that was set back, and deltas wait.
      let newestOfSet = deltaSince === undefined ? undefined : set.newest
      for (const tracked of counters) {
        const { counter, series, throttled } = tracked
        if (!isSampled(series) || (series.time === series.exported.point?.time && !repeats)) continue
        if (series.kind === 'gauge' && series.time < minTime) continue
        const isWanted = isWhole || hasRisenAfterQuiet(tracked)
        // The next collection can't return anything that is older than what this one returns: no change, no beginning of a series.
        if (!isWanted && series.changes.length === 0 && series.exported.set === set) continue
        const attributes = { ...common, ...counter.attributes }
        // Early, the second that is going on may not be over: a peak of 0 beside a rise would be odd.
        const { peak } = series.rate
        if (isWhole || (isWanted && peak !== undefined && peak > 0))
          addGauge(counter.peak, peak, series, attributes, minTime)
        if (isWanted) addGauge(counter.highest, series.highest, series, attributes, minTime)
        if (series.kind === 'counter')
          addCounter(pointsOf(metricNamed(counter.metric)), series, attributes, set, minTime, isWhole)
        else {
          addGauge(counter.metric, series.value / (counter.divisor ?? 1), series, attributes, minTime)
          markExported(series, set)
        }
        const { time } = series.exported.point ?? series
        newestOfSet = Math.max(newestOfSet ?? time, time)
        if (!isWanted || !counter.throttled || !throttled || !isSampled(throttled)) continue
        if (isWhole || throttled.value !== throttled.exported.point?.value)
          addCounter(pointsOf(metricNamed(counter.throttled)), throttled, attributes, set, minTime, isWhole)
      }
      set.newest = newestOfSet ?? set.newest
    },
  }
}

/** What had been counted before anybody sent deltas; `undefined` for a counter that began later: all of it is new. */
function baseline({ first }: SampledSeries, deltaSince: number): SampledPoint | undefined {
  return first !== undefined && first.startTime < deltaSince ? first : undefined
}

/** The change points, less the one that was exported already, and the last sample. */
function newSamples(series: SampledSeries): readonly SampledPoint[] {
  const samples = series.changes.filter(({ time }) => time !== series.exported.point?.time)
  if (samples.at(-1)?.time !== series.time) samples.push(pointOf(series))
  return samples
}

/**
 * What an export carries of totals. Under new attributes the store begins a new series: it gets the last point of the old one first, so that
 * what is counted between the two is not lost.
 */
function totals(series: SampledSeries, isNewName: boolean): readonly SampledPoint[] {
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
 * The points in their order, none of them before `minTime`. Those that are older move there, a millisecond apart: what a series begins with,
 * and what was read of an interface before its reads failed.
 */
function notBefore(minTime: number, points: readonly SampledPoint[]): readonly SampledPoint[] {
  if (points[0]!.time >= minTime) return points
  let earliest = minTime
  return points.map((point) => {
    const time = Math.max(point.time, earliest)
    earliest = time + 1
    return { ...point, time }
  })
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
 * and stays there: a start time that moved with each point would make each of them a reset.
 */
function counted({ startTime, time, value }: SampledPoint, exported: ExportCursor): SampledPoint {
  const { base, point: last } = exported
  const isBased = base?.countedSince === startTime
  const zero = isBased ? base.value : 0
  let since = isBased ? base.startTime : startTime
  if (since > time) {
    since = Math.min(time, since - ((last?.time ?? since) - time))
    exported.base = { countedSince: startTime, startTime: since, value: zero }
  }
  return { startTime: since, time, value: value - zero }
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

/** Two scopes may have a metric of the same name. */
function keyOf({ name, scope = '' }: Metric): string {
  return `${scope} ${name}`
}
