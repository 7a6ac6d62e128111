// The one-second slots of a counter: how fast it rose in the highest, and in how many it rose.

export interface RateWindow {
  /** Highest rate, per second, of the slots since the last whole export; `undefined` when none has ended. */
  peak: number | undefined
  /** Slots in which the counter rose, since the first sample. */
  throttledSeconds: number
  /** The slot that is not over: where it began and when it ends, on the steady clock. `undefined` before the first sample. */
  slotStart: number | undefined
  slotDue: number
  /** How much the counter has risen in it. */
  slotRise: number
}

export function createRateWindow(): RateWindow {
  return { peak: undefined, throttledSeconds: 0, slotStart: undefined, slotDue: 0, slotRise: 0 }
}

const SLOT_MS = 1000
/** Timers are a little early or late: a slot that is this much short counts as a second, so that it is not stretched to two. */
const JITTER_MS = 50

/**
 * Adds to the current slot and closes it when it is over. Where samples are more than a second apart, a slot lasts from one to the next: its
 * rate is an average, and it counts as one second throttled, the least it can have been.
 *
 * No peak is higher than the counter's real rate: the rise between two reads is divided by the time from the beginning of the one to the
 * end of the other (a read may wait for a lock), and by at least a second. No more seconds are counted than have passed.
 *
 * @param steadyMs when the read began, on a clock that never jumps
 * @param endMs when the read ended, on the same clock
 */
export function addRise(window: RateWindow, rise: number, steadyMs: number, endMs: number): void {
  if (window.slotStart === undefined) {
    window.slotStart = steadyMs
    window.slotDue = steadyMs + SLOT_MS - JITTER_MS
    return
  }
  window.slotRise += rise
  if (steadyMs < window.slotDue) return
  const rate = window.slotRise / Math.max(1, (endMs - window.slotStart) / 1000)
  if (window.peak === undefined || rate > window.peak) window.peak = rate
  if (window.slotRise > 0) window.throttledSeconds += 1
  const isOnTime = endMs < window.slotDue + 2 * JITTER_MS
  window.slotDue = isOnTime ? window.slotDue + SLOT_MS : endMs + SLOT_MS - JITTER_MS
  window.slotStart = steadyMs
  window.slotRise = 0
}
