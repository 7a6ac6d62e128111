// Where the package reports what it finds: attached interfaces, failed reads, discarded reads.

/** One line of a log: the fields for programs, the sentence for people. */
export type LogLine = (fields: object, message: string) => void

/** A logger with four levels. */
export interface Log {
  readonly debug: LogLine
  readonly info: LogLine
  readonly warn: LogLine
  readonly error: LogLine
}
