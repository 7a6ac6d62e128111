// A log that keeps its messages.
import type { Log } from '../../packages/metrics/src/log.ts'

export interface RecordingLog extends Log {
  /** The messages of all levels, in order. */
  readonly lines: string[]
}

export function recordingLog(): RecordingLog {
  const lines: string[] = []
  const line = (_: object, message: string): void => void lines.push(message)
  return { lines, debug: line, info: line, warn: line, error: line }
}
