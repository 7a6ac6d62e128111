// The interval between samples: as configured, and longer where reading is slow. ethtool holds the kernel's rtnl lock while it reads, and
// every process that sets up an interface waits for it.

export interface AdaptiveInterval {
  /** Records how long a sweep took; returns the interval from now on, milliseconds. */
  readonly update: (sweepMs: number) => number
  /** The interval is longer than configured. */
  readonly isStretched: () => boolean
}

/**
 * Reading gets a hundredth of the time: the interval is `sampleMs`, or 2, 4, 8, … times that, at most a minute. The median of the last five
 * sweeps decides, so that one or two slow ones (a garbage collection, a busy machine, a stopped process) change nothing.
 *
 * @param readMs the interval between reads when nothing is stretched: exports read as well
 */
export function createAdaptiveInterval(sampleMs: number, readMs: number): AdaptiveInterval {
  const sweeps: number[] = []
  let isStretched = false
  let factor = 1
  return {
    isStretched: () => isStretched,
    update: (sweepMs) => {
      sweeps.push(sweepMs)
      if (sweeps.length < SWEEPS) return sampleMs
      if (sweeps.length > SWEEPS) sweeps.shift()
      const neededMs = sweeps.toSorted((a, b) => a - b)[Math.floor(SWEEPS / 2)]! * SHARE
      isStretched = neededMs > readMs * (isStretched ? MARGIN : 1)
      if (!isStretched) factor = 1
      else {
        while (sampleMs * factor < Math.min(neededMs, MAX_MS)) factor *= 2
        while (factor > 1 && neededMs <= (sampleMs * factor * MARGIN) / 2) factor /= 2
      }
      return Math.min(sampleMs * factor, Math.max(MAX_MS, sampleMs))
    },
  }
}

/** Reading takes at most this fraction of the time, one in so many. */
const SHARE = 100
const SWEEPS = 5
const MAX_MS = 60_000
/** Reading must be this much faster before the interval becomes shorter: a sweep that is just fast enough would make it alternate. */
const MARGIN = 0.8
