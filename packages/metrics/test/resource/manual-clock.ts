// Time that passes when a test says so.

export interface ManualClock {
  readonly now: () => number
  readonly deadline: (ms: number) => AbortSignal
  advance(ms: number): void
  /** Lets every deadline that was set so far pass, without moving the clock. */
  expireDeadlines(): void
}

export function manualClock(): ManualClock {
  let time = 0
  let deadlines: AbortController[] = []
  return {
    now: () => time,
    deadline() {
      const controller = new AbortController()
      deadlines.push(controller)
      return controller.signal
    },
    advance(ms) {
      time += ms
    },
    expireDeadlines() {
      for (const controller of deadlines) controller.abort()
      deadlines = []
    },
  }
}
