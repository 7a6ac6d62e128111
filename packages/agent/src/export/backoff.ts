// How long to wait between requests after a failure. The waits are random, so that a thousand agents don't send at the same time.

/** Milliseconds. */
const FIRST_MS = 1_000
const MAX_MS = 30_000
/** The longest wait that a collector can ask for. */
const MAX_REQUESTED_MS = 300_000
/** After an outage, what was queued is sent in requests this far apart, of this many points each. */
const CATCH_UP_MS = 1_000
export const CATCH_UP_POINTS = 1_000

/**
 * Milliseconds until the next attempt. Without a request by the collector: exponential, a random part between half and all of it. What the
 * collector requests is waited for in full, plus up to a quarter. A request for less than a second (`Retry-After: 0`, a date that has
 * passed, a RetryInfo without a delay) is ignored: a thousand agents would send as fast as the network allows.
 *
 * @param failures how many attempts have failed in a row, from 1
 * @param requestedMs what the collector requested; `undefined` when it requested nothing
 * @param random a number from 0 to 1, 1 excluded
 */
export function backoff(failures: number, requestedMs: number | undefined, random: () => number): number {
  if (requestedMs !== undefined && requestedMs >= FIRST_MS)
    return Math.min(requestedMs, MAX_REQUESTED_MS) * (1 + random() / 4)
  return Math.min(MAX_MS, FIRST_MS * 2 ** (failures - 1)) * (1 - random() / 2)
}

/** Milliseconds between two requests after an outage: random, from half to one and a half of `CATCH_UP_MS`. */
export function catchUpPause(random: () => number): number {
  return CATCH_UP_MS * (0.5 + random())
}
