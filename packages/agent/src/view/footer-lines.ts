// What stands below the tables: the link-local limit, connection tracking, and what can't be read.
import { alarm } from './interface-rows.ts'
import type { InterfaceView, NodeView, View } from './interface-view.ts'
import { type Line, printable, type Span, wrap } from './line.ts'
import { grouped, rose, short } from './numbers.ts'
import type { Course } from './course.ts'

/**
 * Packets a second that one interface may send to link-local services; what is over is dropped. EC2 quota, can't be raised.
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
  const known = interfaces.filter(({ conntrackAvailable }) => conntrackAvailable !== undefined)
  if (known.length === 0) return undefined
  const available = known.map(({ conntrackAvailable }) => conntrackAvailable!).sort((a, b) => a - b)
  const least = available[0]!
  const most = available.at(-1)!
  const highest = Math.max(...known.map(({ conntrackHighest }) => conntrackHighest ?? 0), most)
  const range = least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`
  return [
    {
      text: `conntrack  EC2: ${range} connections left, ${grouped(highest)} at most so far`,
      style: least === 0 ? 'rising' : undefined,
    },
  ]
}

function kernelConntrack({ entries, room, insertFailed, dropped, evicted }: NodeView): Line | undefined {
  if (entries === undefined && !insertFailed) return undefined
  const spans: Span[] = [{ text: 'conntrack  kernel: ' }]
  const isFull = entries !== undefined && room !== undefined && entries >= room
  if (entries !== undefined)
    spans.push({
      text: room === undefined ? `${grouped(entries)} entries` : `${grouped(entries)} of ${grouped(room)} entries`,
      style: isFull ? 'rising' : undefined,
    })
  const counts = [
    [insertFailed, 'insert failures'],
    [dropped, 'dropped'],
    [evicted, 'evicted'],
  ] as const
  for (const [course, name] of counts) {
    if (!course) continue
    if (spans.length > 1) spans.push({ text: ', ' })
    spans.push({ text: `${count(course)} ${name}`, style: alarm(course) })
  }
  return spans
}

/** What was counted since boot, and how fast it rises now: `1,204 (+12/s)`. */
function count({ total, perSecond }: Course): string {
  return perSecond ? `${short(total)} (${rose(perSecond)}/s)` : short(total)
}

/** What can't be read at the moment, at most `height` lines. */
export function problemLines(problems: ReadonlyMap<string, string>, width: number, height: number): readonly Line[] {
  if (problems.size === 0 || height <= 0) return []
  const lines = Array.from(problems, ([what, problem]) => wrap(printable(`${what}: ${problem}`), width)).flat()
  const kept = lines.length <= height ? lines : [...lines.slice(0, height - 1), `… ${problems.size} problems in all`]
  return kept.map((text) => [{ text, style: 'problem' }])
}
