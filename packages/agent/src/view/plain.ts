// The view as plain lines, one an interface a look: for logs, pipes and `kubectl logs`.
import type { Sink } from '../export/sink.ts'
import { attachedInterfaces, type InterfaceSource } from './attached-interfaces.ts'
import { createViewer, type Allowance, type InterfaceView, together, type View } from './interface-view.ts'
import { limitLines } from './footer-lines.ts'
import { plainText, printable } from './line.ts'
import { bits, NOT_KNOWN, rose, short } from './numbers.ts'

/** Lines from one header to the next. */
const HEADER_EVERY = 40

/** Title and width; a cell that is longer pushes the rest of its line to the right. A negative width aligns left. */
const COLUMNS = [
  ['TIME', -20],
  ['INTERFACE', -10],
  ['DRIVER', -10],
  ['RX BIT/S', 8],
  ['PEAK', 6],
  ['TX BIT/S', 8],
  ['PEAK', 6],
  ['RX PKT/S', 8],
  ['TX PKT/S', 8],
  ['DROPS', 6],
  ['ERRORS', 6],
  ['ALLOWANCES EXCEEDED', -19],
] as const

/**
 * Turns looks into lines: a header first and now and then, under it the node's connection tracking, then a line an interface.
 *
 * @returns a function from a view and its time (milliseconds since the epoch) to the lines of one look
 */
export function createPlainLines(): (view: View, time: number) => readonly string[] {
  let sinceHeader = HEADER_EVERY
  return (view, time) => {
    const clock = `${new Date(time).toISOString().slice(0, 19)}Z`
    const lines = view.interfaces.map((nic) => inColumns([clock, ...cellsOf(nic)]))
    sinceHeader += lines.length
    if (sinceHeader <= HEADER_EVERY) return lines
    sinceHeader = lines.length
    const limits = limitLines(view).map((spans) => `${clock}  ${plainText(spans)}`)
    return [...limits, inColumns(COLUMNS.map(([title]) => title)), ...lines]
  }
}

function inColumns(cells: readonly string[]): string {
  const padded = cells.map((cell, i) => {
    const width = COLUMNS[i]?.[1] ?? 0
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width)
  })
  return padded.join('  ').trimEnd()
}

function cellsOf(nic: InterfaceView): readonly string[] {
  const { receive, transmit } = nic
  const who = [printable(nic.name), printable(nic.driver ?? NOT_KNOWN)]
  const exceeded = allowances(nic)
  const dashes = COLUMNS.slice(4, -1).map(() => NOT_KNOWN)
  if (nic.state !== 'up') return [...who, nic.state === 'down' ? 'down' : 'unread', ...dashes, exceeded]
  return [
    ...who,
    bits(receive.bytes?.perSecond),
    bits(receive.bytes?.peak),
    bits(transmit.bytes?.perSecond),
    bits(transmit.bytes?.peak),
    short(receive.packets?.perSecond),
    short(transmit.packets?.perSecond),
    short(together(receive.dropped, transmit.dropped)?.risen),
    short(together(receive.errors, transmit.errors)?.risen),
    exceeded,
  ]
}

function allowances({ allowances: offered, unreadable }: InterfaceView): string {
  if (unreadable.has('ethtool')) return "can't be read"
  if (offered.length === 0) return 'not reported by this driver'
  const exceeded = offered.filter(({ exceeded: { total, risen } }) => total > 0 || risen > 0)
  return exceeded.length === 0 ? 'none' : exceeded.map(inWords).join(', ')
}

/** `linklocal 12,402 (+312/s, 40 s throttled)` */
function inWords({ name, exceeded: { total, perSecond }, throttledSeconds }: Allowance): string {
  const details = [
    ...(perSecond ? [`${rose(perSecond)}/s`] : []),
    ...(throttledSeconds > 0 ? [`${short(throttledSeconds)} s throttled`] : []),
  ]
  return `${name} ${short(total)}${details.length > 0 ? ` (${details.join(', ')})` : ''}`
}

/**
 * The sink for when there is no collector: the same lines, one look an export.
 *
 * @param stream where to write; not closed. Takes cumulative points: with delta temporality its rates would be wrong.
 */
export function createConsoleSink(source: InterfaceSource, stream: Pick<NodeJS.WritableStream, 'write'>): Sink {
  const viewer = createViewer()
  const linesOf = createPlainLines()
  return {
    take: (metrics) => {
      const lines = linesOf(viewer.look(metrics, attachedInterfaces(source)), Date.now())
      if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
}
