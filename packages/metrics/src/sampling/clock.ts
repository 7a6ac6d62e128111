// The clocks of a sample, together so that tests can move all of them.

export interface Clock {
  /** Milliseconds since the epoch, whole. */
  readonly now: () => number
  /** Milliseconds on a clock that never jumps. */
  readonly steady: () => number
}

/** The clock of everything that is exported. A process has one instance, which is passed to everything that sets the time of points. */
export interface MonotonicClock extends Clock {
  /** Milliseconds on a steady clock that continues while the machine sleeps, as CLOCK_BOOTTIME does. */
  readonly boottime: () => number
}

export const systemClock: Clock = { now: () => Date.now(), steady: () => performance.now() }

/** `clock` with a wall clock that is never set back, and a steady clock that continues through sleep. */
export function monotonicClock(clock: Clock): MonotonicClock {
  return { now: neverSetBack(clock), steady: clock.steady, boottime: throughSleep(clock) }
}

/** The monotonic clock of this process. */
export const processClock: MonotonicClock = monotonicClock(systemClock)

/**
 * After the wall clock was set back, time continues from where it was at a hundredth of its speed, until the wall clock has caught up.
 * A store refuses points that are older than those it has, or (AMP, within 60 s) sorts them in between, where each makes its counter seem
 * to fall. Set back by more than 10 minutes the clock goes back: no store accepted points that far in the future.
 */
function neverSetBack({ now, steady }: Clock): () => number {
  let last = Number.NEGATIVE_INFINITY
  let lastSteady = steady()
  return () => {
    const time = now()
    const ms = steady()
    last = time >= last || last - time > MAX_AHEAD_MS ? time : last + (ms - lastSteady) / 100
    lastSteady = ms
    return Math.floor(last)
  }
}

/** Prometheus, storage/remote/write_handler.go: maxAheadTime. */
const MAX_AHEAD_MS = 600_000

/**
 * CLOCK_MONOTONIC, which is behind `performance.now()`, stops while the machine sleeps (clock_gettime(2)). A counter in a device may go on,
 * and what it counted in an hour would be the peak of a second. So what the wall clock gains on the steady one between two calls is added.
 * Where the wall clock was set forward instead, one second seems long: its rate is too low, and one second too many may count as throttled.
 */
function throughSleep({ now, steady }: Clock): () => number {
  let lastWall = now()
  let lastSteady = steady()
  let asleep = 0
  return () => {
    const wall = now()
    const ms = steady()
    const gained = wall - lastWall - (ms - lastSteady)
    if (gained > MIN_SLEEP_MS) asleep += gained
    lastWall = wall
    lastSteady = ms
    return ms + asleep
  }
}

/** The wall clock has whole milliseconds and is slewed by NTP: smaller differences are no sleep. */
const MIN_SLEEP_MS = 100
