// One value of one counter, as the series takes it in. A tracker fills the same object again for each value, so that a read allocates none.

export interface Sample {
  /** In the unit of the metric. */
  value: number
  /** Wall clock, milliseconds since the epoch. */
  time: number
  /** When the read began, milliseconds on a clock that never jumps: rates are calculated with it. */
  steadyMs: number
  /** When the read ended, on the same clock. */
  endMs: number
  /** The counter was set to 0 since the last sample, though it may have risen above its old value since. */
  wasReset: boolean
}

/** An empty sample to fill. */
export function createSample(): Sample {
  return { value: 0, time: 0, steadyMs: 0, endMs: 0, wasReset: false }
}
