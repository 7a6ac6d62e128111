// A table that fits its width: columns are as wide as their cells, and the least important ones are left out where there is no room.
import { cut, type Line, lineWidth, type Span } from './line.ts'
import { NOT_KNOWN } from './numbers.ts'

export interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** 0: never left out. Of the others, the highest rank is left out first. */
  readonly rank: number
  /** So that columns don't jump when numbers grow. */
  readonly minWidth?: number
  /** Left out while no row has a value for it. */
  readonly isOptional?: boolean
}

export interface Row {
  readonly cells: readonly Span[]
  /** Text after the last cell, in place of missing cells. */
  readonly rest?: Span | undefined
  /** Whether something is wrong with what the row shows. */
  readonly isWrong: boolean
}

export interface Table {
  readonly heading: Line
  readonly rows: readonly Line[]
}

const GAP = '  '

/** Lays out the rows; no line is wider than `width`. */
export function layOut(columns: readonly Column[], rows: readonly Row[], width: number): Table {
  const widths = columns.map(({ title, minWidth = 0 }, i) =>
    Math.max(title.length, minWidth, ...rows.map(({ cells }) => cells[i]?.text.length ?? 0)),
  )
  const shown = shownColumns(columns, rows, widths, width)
  const titles: Row = { cells: columns.map(({ title }) => ({ text: title, style: 'heading' })), isWrong: false }

  const lineOf = ({ cells, rest }: Row): Line => {
    const spans: Span[] = []
    for (const i of shown) {
      if (i >= cells.length) break
      const { text, style } = cells[i]!
      const blanks = ' '.repeat(widths[i]! - text.length)
      if (spans.length > 0) spans.push({ text: GAP })
      if (columns[i]!.align === 'right') spans.push({ text: blanks }, { text, style })
      else spans.push({ text, style }, { text: blanks })
    }
    if (rest) spans.push({ text: spans.length > 0 ? GAP : '' }, rest)
    return cut(withoutBlankEnd(spans), width)
  }
  return { heading: lineOf(titles), rows: rows.map(lineOf) }
}

/** Indexes of the columns that have content and fit, in order. */
function shownColumns(
  columns: readonly Column[],
  rows: readonly Row[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  const isKnown = (text = ''): boolean => text !== '' && text !== NOT_KNOWN
  let shown = columns.flatMap(({ isOptional }, i) =>
    !isOptional || rows.some(({ cells }) => isKnown(cells[i]?.text)) ? [i] : [],
  )
  const total = (): number => shown.reduce((sum, i) => sum + widths[i]! + GAP.length, -GAP.length)
  while (total() > width) {
    const last = Math.max(...shown.map((i) => columns[i]!.rank))
    if (last === 0) break
    shown = shown.filter((i) => columns[i]!.rank !== last)
  }
  return shown
}

function withoutBlankEnd(spans: Line): Line {
  const end = spans.findLastIndex(({ text }) => text.trim() !== '')
  return spans.slice(0, end + 1)
}

/** As many rows as fit into `height` lines, those that are wrong first, and the number of those left out. */
export function fitRows(lines: readonly Line[], rows: readonly Row[], height: number, width: number): readonly Line[] {
  if (lines.length <= height) return lines
  if (height <= 0) return []
  const order = lines.map((_, i) => i).sort((a, b) => Number(rows[b]!.isWrong) - Number(rows[a]!.isWrong))
  const chosen = new Set(order.slice(0, height - 1))
  const more: Line = [{ text: `… and ${lines.length - chosen.size} more`, style: 'quiet' }]
  return [...lines.filter((_, i) => chosen.has(i)), lineWidth(more) <= width ? more : cut(more, width)]
}
