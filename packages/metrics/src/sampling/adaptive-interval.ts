// How far apart the samples are: as configured, and further where reading is slow. ethtool holds the kernel's rtnl lock while it
// reads, and everybody who sets up an interface waits for that.

export interface Pace {
  /** Takes in how long a sweep took; returns how far apart samples are from now on, milliseconds. */
  readonly took: (sweepMs: number) => number
  /** Samples are further apart than configured. */
  readonly isStretched: () => boolean
}

/**
 * Reading gets a hundredth of the time: samples are `sampleMs` apart, or 2, 4, 8, … times that, a minute at most. By the middle one of
 * the last five sweeps, so that one or two slow ones (a garbage collection, a busy machine, a stopped process) change nothing.
 *
 * @param readMs how far apart reads are when nothing is stretched: exports read, too
 */
export function createPace(sampleMs: number, readMs: number): Pace {
  const sweeps: number[] = []
  let isStretched = false
  let factor = 1
  return {
    isStretched: () => isStretched,
    took: (sweepMs) => {
      sweeps.push(sweepMs)
      if (sweeps.length < SWEEPS) return sampleMs
      if (sweeps.length > SWEEPS) sweeps.shift()
      const neededMs = sweeps.toSorted((a, b) => a - b)[Math.floor(SWEEPS / 2)]! * SHARE
      isStretched = neededMs > readMs * (isStretched ? MARGIN : 1)
      if (!isStretched) factor = 1
      else {
        while (sampleMs * factor < Math.min(neededMs, MOST_MS)) factor *= 2
        while (factor > 1 && neededMs <= (sampleMs * factor * MARGIN) / 2) factor /= 2
      }
      return Math.min(sampleMs * factor, Math.max(MOST_MS, sampleMs))
    },
  }
}

/** Reading takes one part in so many of the time, at most. */
const SHARE = 100
const SWEEPS = 5
const MOST_MS = 60_000
/** To come back, reading has to be faster than it need be by this: a sweep that is just fast enough would send it to and fro. */
const MARGIN = 0.8
