// The terminal while the live screen is on it: alternate screen, hidden cursor, raw keys. Whatever ends the process, it is given back.
import { styleText } from 'node:util'

import { type Line, lineWidth, type Style } from './line.ts'

export interface Terminal {
  /** Shows what `render` makes of the terminal's size, and again whenever the size changes. */
  readonly show: (render: (width: number, height: number) => readonly Line[]) => void
  /** The key that ends the view, as it is shown to people. */
  readonly quitKey: string
  /** Is fulfilled when `q` or Ctrl-C is pressed, or the terminal is gone. */
  readonly quit: Promise<void>
  /** Gives the terminal back. May be called twice. */
  readonly close: () => void
}

// xterm control sequences, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
const ALTERNATE_SCREEN = '\x1b[?1049h'
const MAIN_SCREEN = '\x1b[?1049l'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const NO_WRAP = '\x1b[?7l'
const WRAP = '\x1b[?7h'
const HOME = '\x1b[H'
const CLEAR_TO_END_OF_LINE = '\x1b[K'
const CLEAR_BELOW = '\x1b[J'
const CTRL_C = '\x03'
const CTRL_D = '\x04'

/** Takes over the terminal. `stdin` may be something else than the terminal: then it isn't touched. */
export function openTerminal(stdin: NodeJS.ReadStream, stdout: NodeJS.WriteStream): Terminal {
  const hasKeys = stdin.isTTY
  const { promise: quit, resolve } = Promise.withResolvers<void>()
  let render: ((width: number, height: number) => readonly Line[]) | undefined

  const draw = (): void => {
    if (!render) return
    const width = stdout.columns || 80
    const height = stdout.rows || 24
    stdout.write(frame(render(width, height), { width, height }, (text, style) => paint(text, style, stdout)))
  }
  const onKeys = (keys: Buffer): void => {
    const text = keys.toString()
    if (/^[qQ]/.test(text) || text.includes(CTRL_C) || text.includes(CTRL_D)) resolve()
  }
  const close = (): void => {
    process.off('exit', close)
    stdout.off('resize', draw)
    if (hasKeys) stdin.off('data', onKeys).setRawMode(false).pause()
    if (render === undefined) return
    render = undefined
    stdout.write(SHOW_CURSOR + WRAP + MAIN_SCREEN)
  }

  process.on('exit', close) // an uncaught error comes by here before it is printed; writing to a terminal is synchronous
  stdout.on('resize', draw).on('error', () => resolve())
  if (hasKeys) stdin.setRawMode(true).resume().on('data', onKeys)
  return {
    quit,
    quitKey: hasKeys ? 'q' : 'Ctrl-C',
    close,
    show: (next) => {
      if (render === undefined) stdout.write(ALTERNATE_SCREEN + HIDE_CURSOR + NO_WRAP)
      render = next
      draw()
    },
  }
}

interface Size {
  readonly width: number
  readonly height: number
}

/** A whole screen in one write: over what is there, so that nothing flickers. */
export function frame(
  lines: readonly Line[],
  { width, height }: Size,
  paintSpan: (text: string, style?: Style) => string,
): string {
  const drawn = lines.map((spans) => {
    const text = spans.map((span) => paintSpan(span.text, span.style)).join('')
    // Behind the last column the cursor still stands on it, and clearing would take its character away.
    return lineWidth(spans) < width ? text + CLEAR_TO_END_OF_LINE : text
  })
  return HOME + drawn.join('\r\n') + (lines.length < height ? `\r\n${CLEAR_BELOW}` : '')
}

const FORMATS = {
  title: 'bold',
  heading: 'bold',
  quiet: 'dim',
  risen: 'yellow',
  rising: ['red', 'bold'],
  problem: 'red',
} as const

/** NO_COLOR, FORCE_COLOR and what the stream can do are styleText's business. */
function paint(text: string, style: Style | undefined, stream: NodeJS.WriteStream): string {
  return style === undefined || text === '' ? text : styleText(FORMATS[style] as 'bold', text, { stream })
}
