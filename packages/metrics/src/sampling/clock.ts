// The two clocks of a sample, together so that tests can move both.

export interface Clock {
  /** Milliseconds since the epoch, whole. */
  readonly now: () => number
  /** Milliseconds on a clock that never jumps. */
  readonly steady: () => number
}

export const systemClock: Clock = { now: () => Date.now(), steady: () => performance.now() }

/**
 * A clock for the times of points: the wall clock, but after it was set back it goes on from where it was, at a hundredth of its speed,
 * until the wall clock is as late again. Points before those that a store has are refused, or (AMP, within 60 s) sorted in between
 * them, where each makes its counter seem to fall. Set back by more than 10 minutes it goes back: what was so far ahead no store took.
 */
export function neverBack({ now, steady }: Clock): Clock {
  let last = Number.NEGATIVE_INFINITY
  let lastSteady = steady()
  return {
    steady,
    now: () => {
      const time = now()
      const ms = steady()
      last = time >= last || last - time > MOST_AHEAD_MS ? time : last + (ms - lastSteady) / 100
      lastSteady = ms
      return Math.floor(last)
    },
  }
}

/** Prometheus, storage/remote/write_handler.go: maxAheadTime. */
const MOST_AHEAD_MS = 600_000

/**
 * A steady clock that goes on while the machine sleeps. CLOCK_MONOTONIC, which is behind `performance.now()`, stands still then
 * (clock_gettime(2)); the wall clock goes on, and so may a counter in a device: what it counted in an hour would be a second's
 * peak. So what the wall clock gains on the steady one between two questions is added. Where somebody has set the wall clock forward
 * instead, one second seems long: its rate is too low, and the counter may have been throttled for a second more.
 */
export function throughSleep({ now, steady }: Clock): () => number {
  let lastWall = now()
  let lastSteady = steady()
  let asleep = 0
  return () => {
    const wall = now()
    const ms = steady()
    const gained = wall - lastWall - (ms - lastSteady)
    if (gained > LEAST_SLEEP_MS) asleep += gained
    lastWall = wall
    lastSteady = ms
    return ms + asleep
  }
}

/** The wall clock has whole milliseconds and is slewed by NTP: differences below are no sleep. */
const LEAST_SLEEP_MS = 100
