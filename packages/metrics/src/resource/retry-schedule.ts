// When something that failed may be tried again, if somebody still asks: at growing intervals, a bounded number of times, with no timer.

export interface RetrySchedule {
  /** Whether a try is allowed now. */
  due(): boolean
  /** Notes a failure. Returns the milliseconds until the next try is allowed; undefined = there is none. */
  failed(): number | undefined
  /** Notes a success: the next failure starts with the first interval. */
  succeeded(): void
  /** Allows no try any more. Returns what `failed` returns then. */
  giveUp(): undefined
  /** Whether the last try failed. */
  failing(): boolean
}

/** A schedule whose first try is due at once, and the n-th retry `intervalsMs[n]` after the failure before it. */
export function createRetrySchedule(intervalsMs: readonly number[], now: () => number): RetrySchedule {
  let failures = 0
  let notBefore = -Infinity
  return {
    due: () => now() >= notBefore,
    failed() {
      const interval = intervalsMs[failures++]
      notBefore = interval === undefined ? Infinity : now() + interval
      return interval
    },
    succeeded() {
      failures = 0
      notBefore = -Infinity
    },
    giveUp() {
      notBefore = Infinity
      return undefined
    },
    failing: () => failures > 0,
  }
}
