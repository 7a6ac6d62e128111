// The view as plain lines, one per interface and update: for logs, pipes and `kubectl logs`.
import type { AttachedInterface } from '@ena-otel/metrics'
import { ExportResultCode } from '@opentelemetry/core'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'

import { limitLines } from './footer-lines.ts'
import { type Allowance, createViewer, type InterfaceView, type View } from './interface-view.ts'
import { plainText, printable } from './line.ts'
import { metricPoints } from './metric-points.ts'
import { bits, NOT_KNOWN, rose, short } from './numbers.ts'

/** Lines between two headers. */
const HEADER_EVERY = 40

/** Title and width. A longer cell moves the rest of its line to the right. A negative width aligns left. */
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
 * Creates the lines of each update: one per interface. Every 40 lines, and first of all, a header and the node's connection tracking.
 *
 * @returns a function from a view and its time (milliseconds since the epoch) to the lines
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
  const { receive, transmit, dropped, errors, state } = nic
  const name = [printable(nic.name), printable(nic.driver ?? NOT_KNOWN)]
  const dashes = COLUMNS.slice(4, -1).map(() => NOT_KNOWN)
  if (state !== 'up') return [...name, state, ...dashes, allowances(nic)]
  return [
    ...name,
    ...[receive.bytes, transmit.bytes].flatMap((series) => [bits(series?.perSecond), bits(series?.peak)]),
    short(receive.packets?.perSecond),
    short(transmit.packets?.perSecond),
    short(dropped?.risen),
    short(errors?.risen),
    allowances(nic),
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
 * The exporter for when there is no collector: the same lines, an update per export. Cumulative points only: rates of deltas would be wrong.
 *
 * @param stream where the lines go; it is not closed
 */
export function createConsoleExporter(
  interfaces: () => readonly AttachedInterface[],
  stream: Pick<NodeJS.WritableStream, 'write'>,
): PushMetricExporter {
  const viewer = createViewer()
  const linesOf = createPlainLines()
  return {
    export: ({ scopeMetrics }, resultCallback) => {
      const lines = linesOf(viewer.update(metricPoints(scopeMetrics), interfaces()), Date.now())
      if (lines.length > 0) stream.write(`${lines.join('\n')}\n`)
      resultCallback({ code: ExportResultCode.SUCCESS })
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
