// The live view's upper table: what goes through each interface, how much in the highest second, and what is dropped.
import type { Column, Row } from './columns.ts'
import type { Course } from './course.ts'
import { type InterfaceView, together, type Traffic } from './interface-view.ts'
import { printable, type Span, type Style } from './line.ts'
import { bits, NOT_KNOWN, rose, short } from './numbers.ts'

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
    const { receive, transmit } = nic
    const dropped = together(receive.dropped, transmit.dropped)
    const errors = together(receive.errors, transmit.errors)
    const who: readonly Span[] = [
      { text: printable(nic.name) },
      { text: printable(nic.driver ?? NOT_KNOWN), style: 'quiet' },
      { text: nic.eniId ?? NOT_KNOWN, style: 'quiet' },
    ]
    if (nic.state !== 'up') return { cells: who, rest: WITHOUT_NUMBERS[nic.state], isWrong: nic.state === 'unread' }
    return {
      cells: [...who, ...rates(receive, transmit, 'bytes', bits), ...rates(receive, transmit, 'packets', short)].concat(
        soFar(dropped),
        soFar(errors),
      ),
      isWrong: [dropped, errors, ...nic.allowances.map(({ exceeded }) => exceeded)].some((course) => alarm(course)),
    }
  })
}

const WITHOUT_NUMBERS: Readonly<Record<'down' | 'unread', Span>> = {
  down: { text: 'down', style: 'quiet' },
  unread: { text: "can't be read", style: 'problem' },
}

/** Received and its peak, sent and its peak. */
function rates(
  receive: Traffic,
  transmit: Traffic,
  what: 'bytes' | 'packets',
  format: (value: number | undefined) => string,
): readonly Span[] {
  return [receive[what], transmit[what]].flatMap((course): Span[] => [
    { text: format(course?.perSecond) },
    { text: format(course?.peak), style: 'quiet' },
  ])
}

/** How much a count has risen since the first look, and how fast it does now: `1,204 +12/s`. */
function soFar(course: Pick<Course, 'risen' | 'perSecond'> | undefined): Span {
  const now = course?.perSecond ? ` ${rose(course.perSecond)}/s` : ''
  return { text: short(course?.risen) + now, style: alarm(course) }
}

/** `rising` when it rose since the look before, `risen` when it did since the first look; `undefined` when it stayed where it was. */
export function alarm(course: Pick<Course, 'risen' | 'perSecond'> | undefined): Style | undefined {
  if (course?.perSecond) return 'rising'
  return course?.risen ? 'risen' : undefined
}
