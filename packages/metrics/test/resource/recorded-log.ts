// A log that keeps what it is told: `warn: message`, one string a line.

import type { ResourceLog } from '../../src/resource/log.ts'

export interface RecordedLog extends ResourceLog {
  readonly lines: string[]
}

export function recordLog(): RecordedLog {
  const lines: string[] = []
  const at =
    (level: string) =>
    (_details: object, message: string): void => {
      lines.push(`${level}: ${message}`)
    }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn') }
}
