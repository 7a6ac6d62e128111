// What a person wants to know of each interface, out of one collection after the other.
import type { MetricPoints } from '@ena-otel/metrics/src/points/points.ts'
import { COUNTERS } from '@ena-otel/metrics/src/table.ts'
import type { AttachedInterface } from './attached-interfaces.ts'
import { type Course, highest, nextCourse } from './course.ts'
import { NODE, pointsByInterface, type SeriesByKey, seriesKey, type SeriesPoints } from './points-by-series.ts'

/** One direction; each is `undefined` when it has never been read. */
export interface Traffic {
  readonly packets: Course | undefined
  readonly bytes: Course | undefined
  readonly dropped: Course | undefined
  readonly errors: Course | undefined
}

export interface Allowance {
  /** bw_in, bw_out, pps, conntrack, linklocal */
  readonly name: string
  readonly exceeded: Course
  /** One-second slots in which it rose, since the first look. */
  readonly throttledSeconds: number
}

export interface InterfaceView extends AttachedInterface {
  readonly receive: Traffic
  readonly transmit: Traffic
  /** Those that the driver offers. */
  readonly allowances: readonly Allowance[]
  /** Tracked connections that the instance can still open; `undefined` when not offered or not read this time. */
  readonly conntrackAvailable: number | undefined
  /** The highest number of them seen. */
  readonly conntrackHighest: number | undefined
}

/** The kernel's own connection tracking; each is `undefined` when the kernel doesn't offer it. */
export interface NodeView {
  readonly entries: number | undefined
  readonly room: number | undefined
  readonly insertFailed: Course | undefined
  readonly dropped: Course | undefined
  readonly evicted: Course | undefined
}

export interface View {
  readonly interfaces: readonly InterfaceView[]
  readonly node: NodeView
}

export interface Viewer {
  /** Takes in what was collected since the last look (cumulative points) and the interfaces of the last sweep. */
  readonly look: (metrics: readonly MetricPoints[], interfaces: readonly AttachedInterface[]) => View
}

const NO_SERIES: SeriesByKey = new Map()
const ALLOWANCES = COUNTERS.flatMap(({ attributes }) => attributes['ena.allowance.name'] ?? [])

/** A view that has seen nothing yet. */
export function createViewer(): Viewer {
  let coursesByGroup: ReadonlyMap<string, Courses> = new Map()
  return {
    look: (metrics, interfaces) => {
      const groups = pointsByInterface(metrics)
      const now = new Map<string, Courses>()
      const coursesOf = (key: string, name: string): Courses => {
        const courses = followCourses(coursesByGroup.get(key), groups.get(name) ?? NO_SERIES)
        now.set(key, courses)
        return courses
      }
      const view = {
        interfaces: interfaces.map((nic) =>
          viewOf(nic, coursesOf(nic.key, nic.name), groups.get(nic.name) ?? NO_SERIES),
        ),
        node: nodeOf(coursesOf(NODE, NODE), groups.get(NODE) ?? NO_SERIES),
      }
      coursesByGroup = now // what was detached is forgotten
      return view
    },
  }
}

/** The counters of a group by series key. */
type Courses = ReadonlyMap<string, Course>

/** Metric of a counter → metric of its peak. */
const PEAKS: ReadonlyMap<string, string> = new Map(
  COUNTERS.flatMap(({ metric, peak }) => (peak ? [[metric, peak]] : [])),
)

function followCourses(before: Courses | undefined, series: SeriesByKey): Courses {
  const courses = new Map<string, Course>()
  for (const key of new Set([...(before?.keys() ?? []), ...series.keys()])) {
    const found = series.get(key)
    if (found?.metric.kind === 'gauge') continue
    const course = nextCourse(before?.get(key), found?.points, found && peakOf(found, series))
    if (course) courses.set(key, course)
  }
  return courses
}

function peakOf({ metric, attributes }: SeriesPoints, series: SeriesByKey): number | undefined {
  const peak = PEAKS.get(metric.name)
  return peak === undefined ? undefined : gauge(series, seriesKey(peak, ...Object.values(attributes)))
}

function gauge(series: SeriesByKey, key: string): number | undefined {
  return series.get(key)?.points.at(-1)?.value
}

function viewOf(nic: AttachedInterface, courses: Courses, series: SeriesByKey): InterfaceView {
  return {
    ...nic,
    receive: trafficOf(courses, 'receive'),
    transmit: trafficOf(courses, 'transmit'),
    allowances: ALLOWANCES.flatMap((name) => {
      const exceeded = courses.get(seriesKey('ena.allowance.exceeded', name))
      const throttled = courses.get(seriesKey('ena.allowance.throttled.time', name))
      return exceeded ? [{ name, exceeded, throttledSeconds: throttled?.total ?? 0 }] : []
    }),
    conntrackAvailable: gauge(series, 'ena.conntrack.available'),
    conntrackHighest: gauge(series, 'ena.conntrack.capacity'),
  }
}

function trafficOf(courses: Courses, direction: 'receive' | 'transmit'): Traffic {
  return {
    packets: courses.get(seriesKey('system.network.packet.count', direction)),
    bytes: courses.get(seriesKey('system.network.io', direction)),
    dropped: courses.get(seriesKey('system.network.packet.dropped', direction)),
    errors: courses.get(seriesKey('system.network.errors', direction)),
  }
}

function nodeOf(courses: Courses, series: SeriesByKey): NodeView {
  return {
    entries: gauge(series, 'system.network.conntrack.count'),
    room: gauge(series, 'system.network.conntrack.max'),
    insertFailed: courses.get('system.network.conntrack.insert_failed'),
    dropped: courses.get(seriesKey('system.network.conntrack.dropped', 'failed')),
    evicted: courses.get(seriesKey('system.network.conntrack.dropped', 'evicted')),
  }
}

/** What two courses together did; `undefined` when neither has been read. */
export function together(
  a: Course | undefined,
  b: Course | undefined,
): Pick<Course, 'risen' | 'perSecond' | 'peak'> | undefined {
  if (!a || !b) return a ?? b
  const perSecond = a.perSecond === undefined || b.perSecond === undefined ? undefined : a.perSecond + b.perSecond
  return { risen: a.risen + b.risen, perSecond, peak: highest(a.peak, b.peak) }
}
