// The two clocks of a sample, together so that tests can move both.

export interface Clock {
  /** Milliseconds since the epoch, whole. */
  readonly now: () => number
  /** Milliseconds on a clock that never jumps. */
  readonly steady: () => number
}

export const systemClock: Clock = { now: () => Date.now(), steady: () => performance.now() }
