// Where this folder's findings go: the three levels of the agent's log that it uses, so that tests need no logger.

type Line = (details: object, message: string) => void

/** Takes one clear line a finding: what, where, what to do. The agent's log is one. */
export interface ResourceLog {
  readonly debug: Line
  readonly info: Line
  readonly warn: Line
}
