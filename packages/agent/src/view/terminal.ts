// The terminal during the live view: alternate screen, hidden cursor, raw keys. It is restored however the process ends.
import { styleText } from 'node:util'

import { type Line, lineWidth, type Style } from './line.ts'

export interface Terminal {
  /** Shows the lines that `render` returns, and renders again whenever the size changes. */
  readonly show: (render: (width: number, height: number) => readonly Line[]) => void
  /** The key that ends the view, as it is shown. */
  readonly quitKey: string
  /** Fulfilled when `q` or Ctrl-C is pressed, or the terminal is closed. */
  readonly quit: Promise<void>
  /** Restores the terminal. May be called twice. */
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

/** Prepares the terminal. If `stdin` is not the terminal, it isn't touched. */
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

  process.on('exit', close) // also before an uncaught error is printed; writing to a terminal is synchronous
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

/** A whole screen in one write, over the previous one, so that nothing flickers. */
export function frame(
  lines: readonly Line[],
  { width, height }: { readonly width: number; readonly height: number },
  paintSpan: (text: string, style?: Style) => string,
): string {
  const drawn = lines.map((spans) => {
    const text = spans.map((span) => paintSpan(span.text, span.style)).join('')
    // After the last column the cursor is still on it, and clearing would remove its character.
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

/** styleText respects NO_COLOR, FORCE_COLOR and the abilities of the stream. */
function paint(text: string, style: Style | undefined, stream: NodeJS.WriteStream): string {
  return style === undefined || text === '' ? text : styleText(FORMATS[style] as 'bold', text, { stream })
}
