// Logging: JSON lines with pino's fields and levels, or a readable form on a terminal. Always to stderr, stdout belongs to the
// output of the commands. Not pino itself, which with what it loads takes 2 MB of memory: we need none of its transports.
import { styleText } from 'node:util'

import type { Log, LogLine } from '@ena-otel/metrics/src/log.ts'

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

/** Where the lines go. */
export type LogStream = NodeJS.WritableStream & { readonly writableLength: number; readonly isTTY?: boolean }

/** @param stream stderr takes a line at once, as long as it is read: the last one before an exit is the one that matters */
export function createLog({ logLevel, logFormat }: LogOptions, stream: LogStream = process.stderr): Log {
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && stream.isTTY === true)
  const form = isPretty ? prettyLine(stream) : jsonLine
  const lowest = LEVELS[logLevel as Level]?.number ?? Number.POSITIVE_INFINITY
  if (!stream.listeners('error').includes(goOnWithoutLog)) stream.on('error', goOnWithoutLog)
  const at =
    (level: Level): LogLine =>
    (fields, message) => {
      if (LEVELS[level].number < lowest || stream.writableLength > MOST_UNREAD) return
      stream.write(form(level, fields, message))
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Bytes that may wait for a reader who has stopped reading. Further lines are lost then, instead of the node's memory. */
const MOST_UNREAD = 1 << 16

/** Without a listener the end of whoever reads would be ours. */
function goOnWithoutLog(): void {}

function jsonLine(level: Level, fields: object, message: string): string {
  const head = { level: LEVELS[level].number, time: new Date().toISOString() }
  return `${JSON.stringify({ ...head, ...fields, msg: message }, plainError)}\n`
}

/** What JSON would make `{}` of. */
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
