// How long to wait between two requests when not all is well: so that a thousand agents don't ask at once.

/** The first wait, and the longest: milliseconds. */
const FIRST_MS = 1_000
const LONGEST_MS = 30_000
/** No collector's word keeps us from trying for longer. */
const LONGEST_ASKED_MS = 300_000
/** What was kept during an outage is sent in requests this far apart, of so many points each. */
const CATCH_UP_MS = 1_000
export const CATCH_UP_POINTS = 1_000

/** A random number from 0 to 1, 1 excluded. */
export type Random = () => number

/**
 * Milliseconds to wait before the next attempt: exponential, from half of it to all of it by chance. What the collector asked for is
 * waited for whole, and up to a quarter longer; less than a second (`Retry-After: 0`, a date that is past, a RetryInfo without a delay)
 * is no word of how long: a thousand agents would ask as fast as the network allows.
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param asked milliseconds; `undefined` when the collector said nothing
 */
export function backoff(failures: number, asked: number | undefined, random: Random): number {
  if (asked !== undefined && asked >= FIRST_MS) return Math.min(asked, LONGEST_ASKED_MS) * (1 + random() / 4)
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1)) * (1 - random() / 2)
}

/** Milliseconds between two requests after an outage: half of it to one and a half, by chance. */
export function catchUpPause(random: Random): number {
  return CATCH_UP_MS * (0.5 + random())
}
