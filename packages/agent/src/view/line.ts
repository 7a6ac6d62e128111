// A line of the screen: pieces of text with a meaning. Colours are added last, so that widths can be counted.

/** What a piece of text means. Only what is wrong has a colour. */
export type Style = 'title' | 'heading' | 'quiet' | 'risen' | 'rising' | 'problem'

export interface Span {
  readonly text: string
  readonly style?: Style | undefined
}

export type Line = readonly Span[]

/** A line of one piece. */
export function line(text: string, style?: Style): Line {
  return [{ text, style }]
}

/** The line without its styles. */
export function plainText(spans: Line): string {
  return spans.map(({ text }) => text).join('')
}

/** Columns that the line takes: every character that we print takes one. */
export function lineWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + text.length, 0)
}

/** The line in at most `width` columns; what is cut off ends with `…`. */
export function cut(spans: Line, width: number): Line {
  if (lineWidth(spans) <= width) return spans
  const kept: Span[] = []
  let room = Math.max(0, width - 1)
  for (const { text, style } of spans) {
    if (text.length > room) {
      kept.push({ text: text.slice(0, room) + (width > 0 ? '…' : ''), style })
      return kept
    }
    kept.push({ text, style })
    room -= text.length
  }
  return kept
}

/** Text in lines of at most `width` columns, broken between words. A longer word is cut when it is drawn. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let current = ''
  for (const word of text.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current]
}

/**
 * Foreign text as it can be printed: control characters, and characters that may take no or two columns, become `?`. The name of an
 * interface may contain any byte except `/`, `:` and white space.
 */
export function printable(text: string): string {
  return text.replaceAll(/[^\u{20}-\u{7e}–…]/gu, '?')
}
