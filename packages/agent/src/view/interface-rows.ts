// The upper table of the live view: the traffic of each interface, its highest second, and its drops.
import type { Column, Row } from './columns.ts'
import type { InterfaceView } from './interface-view.ts'
import { printable, type Span, type Style } from './line.ts'
import { bits, NOT_KNOWN, rose, short } from './numbers.ts'
import type { SeriesView } from './series-view.ts'

export const INTERFACE_COLUMNS: readonly Column[] = [
  { title: 'INTERFACE', align: 'left', rank: 0 },
  { title: 'driver', align: 'left', rank: 5 },
  { title: 'ENI', align: 'left', rank: 8, isOptional: true },
  { title: 'rx bit/s', align: 'right', rank: 1 },
  { title: 'peak', align: 'right', rank: 6, minWidth: 6 },
  { title: 'tx bit/s', align: 'right', rank: 1 },
  { title: 'peak', align: 'right', rank: 6, minWidth: 6 },
  { title: 'rx pkt/s', align: 'right', rank: 3 },
  { title: 'peak', align: 'right', rank: 7, minWidth: 7 },
  { title: 'tx pkt/s', align: 'right', rank: 3 },
  { title: 'peak', align: 'right', rank: 7, minWidth: 7 },
  { title: 'drops', align: 'right', rank: 2, minWidth: 8 },
  { title: 'errors', align: 'right', rank: 4 },
]

/** A row for each interface. */
export function interfaceRows(interfaces: readonly InterfaceView[]): readonly Row[] {
  return interfaces.map((nic) => {
    const { receive, transmit, dropped, errors, state } = nic
    const name: readonly Span[] = [
      { text: printable(nic.name) },
      { text: printable(nic.driver ?? NOT_KNOWN), style: 'quiet' },
      { text: nic.eniId ?? NOT_KNOWN, style: 'quiet' },
    ]
    if (state !== 'up') return { cells: name, rest: WITHOUT_NUMBERS[state], isWrong: state === 'unread' }
    const bytes = [receive.bytes, transmit.bytes].flatMap((series) => rateAndPeak(series, bits))
    const packets = [receive.packets, transmit.packets].flatMap((series) => rateAndPeak(series, short))
    return {
      cells: [...name, ...bytes, ...packets, count(dropped), count(errors)],
      isWrong: [dropped, errors, ...nic.allowances.map(({ exceeded }) => exceeded)].some((series) => alarm(series)),
    }
  })
}

const WITHOUT_NUMBERS: Readonly<Record<'down' | 'unread', Span>> = {
  down: { text: 'down', style: 'quiet' },
  unread: { text: "can't be read", style: 'problem' },
}

function rateAndPeak(series: SeriesView | undefined, format: (value: number | undefined) => string): readonly Span[] {
  return [{ text: format(series?.perSecond) }, { text: format(series?.peak), style: 'quiet' }]
}

/** The increase since the first update and the current rate: `1,204 +12/s`. */
function count(series: Pick<SeriesView, 'risen' | 'perSecond'> | undefined): Span {
  const rate = series?.perSecond ? ` ${rose(series.perSecond)}/s` : ''
  return { text: short(series?.risen) + rate, style: alarm(series) }
}

/** `rising` when it rose since the previous update, `risen` when it did since the first one; `undefined` when it never did. */
export function alarm(series: Pick<SeriesView, 'risen' | 'perSecond'> | undefined): Style | undefined {
  if (series?.perSecond) return 'rising'
  return series?.risen ? 'risen' : undefined
}
