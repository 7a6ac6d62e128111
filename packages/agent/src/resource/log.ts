// Where this folder's findings go: the three levels of a pino logger that it uses, so that tests need no logger.

type Line = (details: object, message: string) => void

/** Takes one clear line a finding: what, where, what to do. A pino logger is one. */
export interface ResourceLog {
  readonly debug: Line
  readonly info: Line
  readonly warn: Line
}
