// What happened in a sequence, as far as it changes what may be expected of the agent.
import { BEGIN } from './kernel.ts'

export interface History {
  /** The driver repeated its last answer and counted no failure: the agent cannot notice it. */
  hasUncountedRepeat: boolean
  wasClockSetBack: boolean
  /** How often the wall clock was set forward. The agent takes that for a sleep, so a throttled second may end too early. */
  timesSetForward: number
  /** The latest time of the wall clock in any sample. */
  latest: number
}

/** A history in which nothing has happened. */
export function createHistory(): History {
  return { hasUncountedRepeat: false, wasClockSetBack: false, timesSetForward: 0, latest: BEGIN }
}
