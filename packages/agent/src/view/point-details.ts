// What the line of a counter shows beside its value: its increase and when, its highest second, how long it was throttled.
import { COUNTERS } from '@ena-otel/metrics'
import { grouped } from './numbers.ts'
import { type SeriesByKey, seriesKey, type SeriesPoints } from './points-by-series.ts'
import { highest, increase } from './series-view.ts'

const BY_METRIC = new Map(COUNTERS.map((counter) => [counter.metric, counter]))

/** Metrics that are shown in the line of their counter: peak, throttled time or highest value → counter. */
const COUNTER_OF: ReadonlyMap<string | undefined, string> = new Map(
  COUNTERS.flatMap(({ metric, ...row }) => [row.peak, row.throttled, row.highest].map((name) => [name, metric])),
)

/** Counters of which only the last value is known, not when it changed. */
const BUSY: ReadonlySet<string> = new Set([
  ...COUNTERS.flatMap(({ busy, metric }) => (busy ? [metric] : [])),
  'ethtool.statistic',
])

/** Changes of one counter that are shown. */
const MAX_CHANGES = 20

/** Whether it is shown in the line of another series. */
export function isCompanion({ metric, attributes }: SeriesPoints, series: SeriesByKey): boolean {
  const counter = COUNTER_OF.get(metric.name)
  return counter !== undefined && series.has(seriesKey(counter, ...Object.values(attributes)))
}

/** `+1,204` from the first point to the last; empty for a gauge, or with only one point. */
export function increaseText({ metric, points }: SeriesPoints): string {
  return metric.kind === 'counter' && points.length > 1 ? `+${grouped(increase(points))}` : ''
}

/** `peak 312 packets/s`, `throttled 4 s`, `136,812 at most so far`: what there is. */
export function remarks({ metric, attributes }: SeriesPoints, series: SeriesByKey): readonly string[] {
  const companion = (name: string | undefined): SeriesPoints | undefined =>
    name === undefined ? undefined : series.get(seriesKey(name, ...Object.values(attributes)))
  const { peak, throttled, highest: most } = BY_METRIC.get(metric.name) ?? {}
  const peaks = companion(peak)
  const highestSecond = peaks?.points.map(({ value }) => value).reduce((a, b) => highest(a, b)!)
  const seconds = companion(throttled)?.points.at(-1)?.value ?? 0
  const available = companion(most)?.points.at(-1)?.value
  return [
    ...(highestSecond ? [`peak ${grouped(highestSecond)} ${unitName(peaks!.metric.unit)}`] : []),
    ...(seconds > 0 ? [`throttled ${grouped(seconds)} s`] : []),
    ...(available === undefined ? [] : [`${grouped(available)} at most so far`]),
  ]
}

/** When it changed, and to which value: `12:07:31.004Z  +312 → 11,384`. Empty for counters that change all the time. */
export function changes({ metric, points }: SeriesPoints): readonly string[] {
  if (metric.kind !== 'counter' || BUSY.has(metric.name)) return []
  const lines = points.flatMap((point, i) => {
    const before = points[i - 1]
    if (!before) return []
    const risen = increase([before, point])
    const isReset = point.startTime !== before.startTime
    if (risen === 0 && !isReset) return []
    const time = new Date(point.time).toISOString().slice(11)
    return `${time}  ${isReset ? 'began again at 0, ' : ''}+${grouped(risen)} → ${grouped(point.value)}`
  })
  const more = lines.length - MAX_CHANGES
  return more > 0 ? [...lines.slice(0, MAX_CHANGES), `… and ${more} more`] : lines
}

/** A UCUM unit in words: `{packet}/s` is packets/s, `By` is bytes. */
export function unitName(unit: string): string {
  return unit.replace(/^By\b/, 'bytes').replace(/\{(\w+)\}/, (_, noun: string) => PLURALS[noun] ?? `${noun}s`)
}

const PLURALS: Readonly<Record<string, string>> = { entry: 'entries', entries: 'entries' }
