// The live screen as lines of text that fit the terminal. A pure function; terminal.ts shows it.
import { DURATION } from '../config/quantity.ts'
import { allowanceColumns, allowanceRows, FOLDS } from './allowance-rows.ts'
import { type Column, fitRows, layOut, type Row } from './columns.ts'
import { limitLines, problemLines } from './footer-lines.ts'
import { INTERFACE_COLUMNS, interfaceRows } from './interface-rows.ts'
import type { View } from './interface-view.ts'
import { cut, type Line, line, printable, wrap } from './line.ts'
import { HISTORY } from './series-view.ts'

export interface LiveState {
  readonly version: string
  /** Name of the node or host. */
  readonly host: string
  /** `m5.large`; `undefined` while it isn't known. */
  readonly instanceType: string | undefined
  readonly sampleIntervalMs: number
  /** The time of the update, `12:07:31`. */
  readonly clock: string
  /** The key that ends the view, `q`. */
  readonly quitKey: string
  readonly view: View
  /** What can't be read at the moment, and why. */
  readonly problems: ReadonlyMap<string, string>
  /** Why there is nothing to read; `undefined` when there is. */
  readonly nothingRead: string | undefined
}

/** With fewer lines, there are no blank lines between the parts. */
const SPACIOUS = 16

/** The whole screen: at most `height` lines, none wider than `width`. */
export function renderLive(state: LiveState, width: number, height: number): readonly Line[] {
  const gap = height >= SPACIOUS ? [[]] : []
  const problems = withGap(gap, problemLines(state.problems, width, Math.max(2, Math.floor(height / 4))))
  const footer = height < 8 ? [] : withGap(gap, limitLines(state.view))
  const room = height - 1 - gap.length - footer.length - problems.length
  const middle = state.nothingRead === undefined ? tables(state, width, room, gap) : nothing(state, width)
  return [title(state, width), ...gap, ...middle, ...footer, ...problems]
    .slice(0, height)
    .map((spans) => cut(spans, width))
}

function withGap(gap: readonly Line[], lines: readonly Line[]): readonly Line[] {
  return lines.length > 0 ? [...gap, ...lines] : []
}

/** The host at the left, and at the right as much of the rest as there is room for. */
function title(state: LiveState, width: number): Line {
  const names = [
    `ena-otel ${state.version}`,
    printable(state.host),
    state.instanceType && printable(state.instanceType),
  ]
  const left = names.filter((name) => name).join(' · ')
  const rightParts = [`every ${DURATION.format(state.sampleIntervalMs)}`, state.clock, `${state.quitKey} to quit`]
  const right = [rightParts, rightParts.slice(1), rightParts.slice(2)]
    .map((parts) => parts.join(' · '))
    .find((text) => left.length + 2 + text.length <= width)
  if (right === undefined) return cut(line(left, 'title'), width)
  return [
    { text: left, style: 'title' },
    { text: ' '.repeat(width - left.length - right.length) },
    { text: right, style: 'quiet' },
  ]
}

function nothing({ nothingRead, sampleIntervalMs }: LiveState, width: number): readonly Line[] {
  return [
    ...wrap(printable(`Nothing is read: ${nothingRead}`), width).map((text) => line(text, 'problem')),
    ...wrap(`Looking again every ${DURATION.format(sampleIntervalMs)}.`, width).map((text) => line(text, 'quiet')),
  ]
}

/** Both tables in `room` lines. The lower one is folded before rows are left out. */
function tables(
  { view, sampleIntervalMs }: LiveState,
  width: number,
  room: number,
  gap: readonly Line[],
): readonly Line[] {
  const upper = interfaceRows(view.interfaces)
  const lowers = FOLDS.map((fold) => allowanceRows(view.interfaces, fold))
  const rowsRoom = room - 2 - gap.length
  const lower = lowers.find((rows) => upper.length + rows.length <= rowsRoom) ?? lowers.at(-1)!
  const lowerRoom = Math.min(lower.length, Math.max(Math.floor(rowsRoom / 2), rowsRoom - upper.length))
  const history = `last ${DURATION.format(HISTORY * sampleIntervalMs)}`
  return [
    ...table(INTERFACE_COLUMNS, upper, width, rowsRoom - lowerRoom),
    ...gap,
    ...(view.interfaces.some(({ allowances }) => allowances.length > 0)
      ? table(allowanceColumns(history), lower, width, lowerRoom)
      : [line('ALLOWANCES', 'heading'), ...fitRows(layOut([], lower, width).rows, lower, lowerRoom, width)]),
  ]
}

function table(columns: readonly Column[], rows: readonly Row[], width: number, height: number): readonly Line[] {
  const laidOut = layOut(columns, rows, width)
  return [laidOut.heading, ...fitRows(laidOut.rows, rows, height, width)]
}
