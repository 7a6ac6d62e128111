// The log: JSON lines with pino's fields and levels, or a readable form on a terminal. Always on stderr; stdout is for the output of
// the commands. pino itself would take 2 MB of memory, and we need none of its transports.
import { styleText } from 'node:util'

import type { Log, LogLine } from '@ena-otel/metrics'

export interface LogOptions {
  readonly logLevel: string
  readonly logFormat: 'auto' | 'json' | 'pretty'
}

const LEVELS = {
  debug: { number: 20, color: 'blue' },
  info: { number: 30, color: 'green' },
  warn: { number: 40, color: 'yellow' },
  error: { number: 50, color: 'red' },
} as const
type Level = keyof typeof LEVELS

/** The stream that the lines are written to. */
export type LogStream = NodeJS.WritableStream & { readonly writableLength: number; readonly isTTY?: boolean }

/** @param stream stderr writes each line synchronously while it is read, so the last line before an exit is not lost */
export function createLog({ logLevel, logFormat }: LogOptions, stream: LogStream = process.stderr): Log {
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && stream.isTTY === true)
  const form = isPretty ? prettyLine(stream) : jsonLine
  const lowest = LEVELS[logLevel as Level]?.number ?? Number.POSITIVE_INFINITY
  if (!stream.listeners('error').includes(ignoreError)) stream.on('error', ignoreError)
  const at =
    (level: Level): LogLine =>
    (fields, message) => {
      if (LEVELS[level].number < lowest || stream.writableLength > MAX_UNREAD) return
      stream.write(form(level, fields, message))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Maximum of bytes that are not read yet. Further lines are dropped, so that memory stays bounded. */
const MAX_UNREAD = 1 << 16

/** Without a listener, a closed pipe would end the agent. */
function ignoreError(): void {}

function jsonLine(level: Level, fields: object, message: string): string {
  const head = { level: LEVELS[level].number, time: new Date().toISOString() }
  return `${JSON.stringify({ ...head, ...fields, msg: message }, plainError)}\n`
}

/** JSON would write an error as `{}`. */
function plainError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value
  const { name: type, message, stack, cause } = value
  return Object.assign({ type, message, stack, cause }, value)
}

function prettyLine(stream: LogStream): (level: Level, fields: object, message: string) => string {
  return (level, _fields, message) => {
    const word = stream.isTTY ? styleText(LEVELS[level].color, level.toUpperCase(), { stream }) : level.toUpperCase()
    return `[${new Date().toTimeString().slice(0, 8)}] ${word}: ${message}\n`
  }
}
