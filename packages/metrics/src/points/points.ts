// What an export carries: the points of each metric since the last one, under the names of the metrics table.
import { type AttributeSet, type AttributeSets, createAttributeSets } from '../sampling/attribute-sets.ts'
import { isSampled, markExported, type SampledSeries } from '../sampling/series.ts'
import { hasRisenAfterQuiet, type TrackedCounter } from '../sampling/tracker.ts'
import type { SampledPoint } from '../sampling/value.ts'
import { type Metric, metricNamed } from '../table.ts'
import { takeDeltas } from './deltas.ts'
import { takeTotals } from './totals.ts'

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

  /** Adds the points of a group. */
  const adder = (set: AttributeSet, minTime: number, isWhole: boolean): Adder => {
    let newestTime = -Infinity
    const add = (metric: Metric, point: Point): void => {
      pointsOf(metric).push(point)
      newestTime = Math.max(newestTime, point.time)
    }
    return {
      newestTime: () => newestTime,
      gauge: (name, value, series, attributes) => {
        if (name === undefined || value === undefined) return
        const metric = metricNamed(name)
        const time = Math.max(series.time, minTime)
        const startTime = metric.kind === 'updowncounter' ? Math.min(series.startTime, time) : time
        add(metric, { attributes, startTime, time, value })
      },
      counter: (name, series, attributes) => {
        const taken =
          deltaSince === undefined
            ? takeTotals(series, set, minTime, isWhole)
            : takeDeltas(series, set, minTime, isWhole, deltaSince)
        for (const point of taken) add(metricNamed(name), { ...point, attributes })
      },
    }
  }

  return {
    metrics: () => [...byName.values()].filter(({ points }) => points.length > 0),
    addPoint: (metric, point) => void pointsOf(metric).push(point),
    add: ({ counters, attributes: common, owner = '' }, wanted = 'all') => {
      const isWhole = wanted === 'all'
      const set = attributeSets.claim(JSON.stringify(common), owner) // the other attributes of a counter never change
      const minTime = Math.max(newest(), (set.takenAfter ?? -Infinity) + 1)
      const add = adder(set, minTime, isWhole)
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
        if (isWhole || (isWanted && peak !== undefined && peak > 0)) add.gauge(counter.peak, peak, series, attributes)
        if (isWanted) add.gauge(counter.highest, series.highest, series, attributes)
        if (series.kind === 'counter') add.counter(counter.metric, series, attributes)
        else {
          add.gauge(counter.metric, series.value / (counter.divisor ?? 1), series, attributes)
          markExported(series, set)
        }
        if (!isWanted || !counter.throttled || !throttled || !isSampled(throttled)) continue
        if (isWhole || throttled.value !== throttled.exported.point?.value)
          add.counter(counter.throttled, throttled, attributes)
      }
      const newestTime = add.newestTime()
      if (newestTime === -Infinity) return
      // Totals follow a clock that was set back, and deltas wait.
      set.newest = deltaSince === undefined ? newestTime : Math.max(newestTime, set.newest ?? newestTime)
    },
  }
}

interface Adder {
  readonly gauge: (
    name: string | undefined,
    value: number | undefined,
    series: SampledSeries,
    attributes: Attributes,
  ) => void
  readonly counter: (name: string, series: SampledSeries, attributes: Attributes) => void
  /** -Infinity before the first. */
  readonly newestTime: () => number
}

/** Two scopes may have a metric of the same name. */
function keyOf({ name, scope = '' }: Metric): string {
  return `${scope} ${name}`
}
