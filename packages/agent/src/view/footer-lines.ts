// The lines below the tables: the link-local limit, connection tracking, and what can't be read.
import { alarm } from './interface-rows.ts'
import type { InterfaceView, NodeView, View } from './interface-view.ts'
import { type Line, printable, type Span, wrap } from './line.ts'
import { grouped, rose, short } from './numbers.ts'
import type { SeriesView } from './series-view.ts'

/**
 * Packets per second that one interface may send to link-local services; AWS drops the excess. EC2 quota, can't be raised.
 * Source: Amazon VPC User Guide, "Amazon VPC quotas" and "Understanding Amazon DNS" (AmazonDNS-concepts).
 */
const LINKLOCAL_LIMIT = 1024

/** The lines on link-local and connection tracking, the most important first. */
export function limitLines({ interfaces, node }: View): readonly Line[] {
  const ena = interfaces.filter(({ allowances }) => allowances.length > 0)
  const limit = `linklocal  each interface may send ${grouped(LINKLOCAL_LIMIT)} packets/s to DNS, IMDS and NTP together`
  return [
    ...[instanceConntrack(ena), kernelConntrack(node)].filter((spans) => spans !== undefined),
    ...(ena.length > 0 ? [[{ text: limit, style: 'quiet' } as const]] : []),
  ]
}

/** The instance's allowance: the same number on every interface, and stale on idle ones. Never summed. */
function instanceConntrack(interfaces: readonly InterfaceView[]): Line | undefined {
  const available = interfaces.flatMap(({ conntrackAvailable }) => conntrackAvailable ?? [])
  if (available.length === 0) return undefined
  const [min, max] = [Math.min(...available), Math.max(...available)]
  const highest = Math.max(max, ...interfaces.map(({ conntrackHighest }) => conntrackHighest ?? 0))
  const range = min === max ? grouped(min) : `${grouped(min)} to ${grouped(max)}`
  const text = `conntrack  EC2: ${range} connections left, ${grouped(highest)} at most so far`
  return [{ text, style: min === 0 ? 'rising' : undefined }]
}

function kernelConntrack({ entries, maxEntries, insertFailed, dropped, evicted }: NodeView): Line | undefined {
  if (entries === undefined && !insertFailed) return undefined
  const parts: Span[] = []
  if (entries !== undefined) {
    const limit = maxEntries === undefined ? '' : ` of ${grouped(maxEntries)}`
    const isFull = maxEntries !== undefined && entries >= maxEntries
    parts.push({ text: `${grouped(entries)}${limit} entries`, style: isFull ? 'rising' : undefined })
  }
  const counts = Object.entries({ 'insert failures': insertFailed, dropped, evicted })
  for (const [name, series] of counts)
    if (series) parts.push({ text: `${count(series)} ${name}`, style: alarm(series) })
  return [{ text: 'conntrack  kernel: ' }, ...parts.flatMap((part, i) => (i === 0 ? [part] : [{ text: ', ' }, part]))]
}

/** The count since boot and its current rate: `1,204 (+12/s)`. */
function count({ total, perSecond }: SeriesView): string {
  return perSecond ? `${short(total)} (${rose(perSecond)}/s)` : short(total)
}

/** What can't be read at the moment, at most `height` lines. */
export function problemLines(problems: ReadonlyMap<string, string>, width: number, height: number): readonly Line[] {
  if (problems.size === 0 || height <= 0) return []
  const lines = Array.from(problems, ([what, problem]) => wrap(printable(`${what}: ${problem}`), width)).flat()
  const kept = lines.length <= height ? lines : [...lines.slice(0, height - 1), `… ${problems.size} problems in all`]
  return kept.map((text) => [{ text, style: 'problem' }])
}
