// A log that keeps its lines as `level: message`.

import type { Log } from '../../src/log.ts'

export interface RecordedLog extends Log {
  readonly lines: string[]
}

export function recordLog(): RecordedLog {
  const lines: string[] = []
  const at =
    (level: string) =>
    (_fields: object, message: string): void =>
      void lines.push(`${level}: ${message}`)
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
