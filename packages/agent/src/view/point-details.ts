// What a counter's line says beside its value: how much it rose and when, its highest second, how long it was throttled.
import { COUNTERS } from '@ena-otel/metrics/src/table.ts'
import { highest, riseOver } from './course.ts'
import { grouped } from './numbers.ts'
import { type SeriesByKey, seriesKey, type SeriesPoints } from './points-by-series.ts'

/** Metrics that stand in the line of their counter: counter → peak, throttled, highest. */
const COMPANIONS = new Map(
  COUNTERS.map(({ metric, peak, throttled, highest: most }) => [metric, { peak, throttled, most }]),
)

const COUNTER_OF: ReadonlyMap<string, string> = new Map(
  COUNTERS.flatMap(({ metric, peak, throttled, highest: most }) =>
    [peak, throttled, most].flatMap((companion): [string, string][] => (companion ? [[companion, metric]] : [])),
  ),
)

/** Counters of which only the last value is known, and not when it changed. */
const BUSY: ReadonlySet<string> = new Set([
  ...COUNTERS.flatMap(({ busy, metric }) => (busy ? [metric] : [])),
  'ethtool.statistic',
])

/** Change points shown of one counter. */
const MOST_CHANGES = 20

/** Whether it stands in the line of another series. */
export function isCompanion({ metric, attributes }: SeriesPoints, series: SeriesByKey): boolean {
  const counter = COUNTER_OF.get(metric.name)
  return counter !== undefined && series.has(seriesKey(counter, ...Object.values(attributes)))
}

/** `+1,204` from the first point to the last; nothing of a gauge, or where there is only one point. */
export function riseInWords({ metric, points }: SeriesPoints): string {
  return metric.kind === 'counter' && points.length > 1 ? `+${grouped(riseOver(undefined, points))}` : ''
}

/** `peak 312 packets/s`, `throttled 4 s`, `136,812 at most so far`: what there is. */
export function remarks({ metric, attributes }: SeriesPoints, series: SeriesByKey): readonly string[] {
  const companion = (name: string | undefined): SeriesPoints | undefined =>
    name === undefined ? undefined : series.get(seriesKey(name, ...Object.values(attributes)))
  const { peak, throttled, most } = COMPANIONS.get(metric.name) ?? {}
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

/** When it changed, to which value: `12:07:31.004Z  +312 → 11,384`. Nothing of counters that change all the time. */
export function changes({ metric, points }: SeriesPoints): readonly string[] {
  if (metric.kind === 'gauge' || BUSY.has(metric.name)) return []
  const lines = points.flatMap((point, i) => {
    const before = points[i - 1]
    if (!before) return []
    const risen = riseOver(undefined, [before, point])
    const isReset = point.startTime !== before.startTime
    if (risen === 0 && !isReset) return []
    const time = new Date(point.time).toISOString().slice(11)
    return `${time}  ${isReset ? 'began again at 0, ' : ''}+${grouped(risen)} → ${grouped(point.value)}`
  })
  const more = lines.length - MOST_CHANGES
  return more > 0 ? [...lines.slice(0, MOST_CHANGES), `… and ${more} more`] : lines
}

/** A UCUM unit in words: `{packet}/s` is packets/s, `By` is bytes. */
export function unitName(unit: string): string {
  return unit.replace(/^By\b/, 'bytes').replace(/\{(\w+)\}/, (_, noun: string) => PLURALS[noun] ?? `${noun}s`)
}

const PLURALS: Readonly<Record<string, string>> = { entry: 'entries' }
