// Logging: JSON lines, or a readable form on a terminal. Always to stderr, stdout belongs to the output of the commands.
import { pino } from 'pino'
import pretty from 'pino-pretty'

/** What the agent needs of a logger; pino's manner, most important first in the sentence. */
export interface Log {
  readonly debug: LogFunction
  readonly info: LogFunction
  readonly warn: LogFunction
  readonly error: LogFunction
}

type LogFunction = (fields: object, message: string) => void

export interface LogOptions {
  readonly logLevel: string
  readonly logFormat: 'auto' | 'json' | 'pretty'
}

export function createLog({ logLevel, logFormat }: LogOptions): Log {
  const isPretty = logFormat === 'pretty' || (logFormat === 'auto' && process.stderr.isTTY)
  // Synchronous: the last line before an exit is the one that matters.
  const stream = isPretty
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', hideObject: true })
    : pino.destination({ dest: 2, sync: true })
  return pino({ level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
}
