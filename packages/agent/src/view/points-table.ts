// What `ena-otel once --format table` prints: every point of a collection, by interface, one line a counter.
import { type AttachedInterface, COUNTERS, METRICS } from '@ena-otel/metrics'
import { whyNoAllowances } from './allowance-rows.ts'
import { type Column, layOut, type Row } from './columns.ts'
import { plainText, printable, wrap } from './line.ts'
import { grouped } from './numbers.ts'
import { changes, isCompanion, remarks, increaseText, unitName } from './point-details.ts'
import type { MetricPoints } from './metric-points.ts'
import { NODE, pointsByInterface, type SeriesByKey, type SeriesPoints } from './points-by-series.ts'

/**
 * The points of one collection, or of several in order of time: then with the increase of each counter from the first to the last.
 * Cumulative points only.
 */
export function renderPoints(interfaces: readonly AttachedInterface[], metrics: readonly MetricPoints[]): string {
  const groups = pointsByInterface(metrics)
  const attached = new Map(interfaces.map((nic) => [nic.name, nic]))
  const names = new Set([...attached.keys(), ...groups.keys()])
  names.delete(NODE)
  const parts = Array.from(names, (name) => {
    const nic = attached.get(name)
    const series = groups.get(name) ?? new Map()
    return [heading(name, nic), ...body(series), ...(nic ? missing(nic, series) : [])]
  })
  const node = [...(groups.get(NODE) ?? [])]
  const isOwn = ({ metric: { name, scope } }: SeriesPoints): boolean => scope === undefined && OWN_METRICS.has(name)
  const own = node.filter(([, one]) => isOwn(one))
  const compatible = node.filter(([, one]) => !isOwn(one))
  if (own.length > 0) parts.push(['node', ...body(new Map(own))])
  if (compatible.length > 0) parts.push(['names of other exporters', ...body(new Map(compatible))])
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

const OWN_METRICS: ReadonlySet<string> = new Set(METRICS.map(({ name }) => name))

function heading(name: string, nic: AttachedInterface | undefined): string {
  const about = nic ? [nic.driver ?? 'no driver', nic.mac, nic.eniId] : []
  return [name, ...about].flatMap((part) => (part ? printable(part) : [])).join(' · ')
}

const COLUMNS: readonly Column[] = (['left', 'left', 'right', 'left', 'right', 'left'] as const).map((align) => ({
  title: '',
  align,
  rank: 0,
}))

/** Rarely used counters, which share a line while they are 0. */
const FOLDED_AT_ZERO: ReadonlySet<string> = new Set(['ena.network.statistic', 'ena.driver.events', 'ethtool.statistic'])

const WIDTH = 110

function body(series: SeriesByKey): readonly string[] {
  const shown = [...series.values()].filter((one) => !isCompanion(one, series))
  const folded = shown.filter(
    ({ metric, points }) => FOLDED_AT_ZERO.has(metric.name) && points.every(({ value }) => value === 0),
  )
  const rows = shown.filter((one) => !folded.includes(one)).flatMap((one) => rowsOf(one, series))
  const lines = layOut(COLUMNS, rows, Number.POSITIVE_INFINITY).rows.map((spans) => `  ${plainText(spans)}`.trimEnd())
  const names = folded.map(({ attributes }) => distinguishing(attributes)).join(', ')
  return names === ''
    ? lines
    : [...lines, ...wrap(`at 0: ${names}`, WIDTH).map((text, i) => (i === 0 ? '  ' : '        ') + text)]
}

/** The line of a series and, where the times of its changes are known, a line for each change. */
function rowsOf(one: SeriesPoints, series: SeriesByKey): readonly Row[] {
  const { metric, attributes, points } = one
  const isRatio = metric.unit === '1'
  const value = points.at(-1)!.value
  const cells = [
    metric.name,
    distinguishing(attributes),
    grouped(isRatio ? value * 100 : value),
    unitName(isRatio ? '%' : metric.unit),
    increaseText(one),
    remarks(one, series).join(', '),
  ]
  return [
    { cells: cells.map((text) => ({ text })), isWrong: false },
    ...changes(one).map((text): Row => ({ cells: [], rest: { text: `    ${text}` }, isWrong: false })),
  ]
}

/** Our own attributes are shown by their value, others by name and value. */
function distinguishing(attributes: Readonly<Record<string, string>>): string {
  const parts = Object.entries(attributes).map(([name, value]) => (OWN.has(name) ? value : `${name}=${value}`))
  return printable(parts.join(' '))
}

const OWN: ReadonlySet<string> = new Set([
  ...COUNTERS.flatMap(({ attributes }) => Object.keys(attributes)),
  'ena.network.statistic.name',
  'ethtool.statistic.name',
])

/** What can't be read or isn't offered, in words. */
function missing(nic: AttachedInterface, series: SeriesByKey): readonly string[] {
  const there = new Set([...series.values()].map(({ metric }) => metric.name))
  const lines: string[] = []
  if (nic.state !== 'up') lines.push(nic.state === 'down' ? 'down: no statistics' : "statistics can't be read")
  if (!there.has('ena.allowance.exceeded')) lines.push(whyNoAllowances(nic))
  return lines.map((text) => `  ${text}`)
}
