// The interval between samples: as configured, and longer where reading is slow. ethtool holds the kernel's rtnl lock while it reads, and
// every process that sets up an interface waits for it.

export interface AdaptiveInterval {
  /** Records how long a sweep took; returns the interval from now on, milliseconds. */
  readonly update: (sweepMs: number) => number
  /** Reading takes more than its share of the configured interval. */
  readonly isStretched: () => boolean
}

/**
 * Reading gets a hundredth of the time: the interval is `sampleMs`, or 2, 4, 8, … times that, at most a minute. The median of the last five
 * sweeps decides, so that one or two slow ones (a garbage collection, a busy machine, a stopped process) change nothing.
 */
export function createAdaptiveInterval(sampleMs: number): AdaptiveInterval {
  const maxMs = Math.max(MAX_MS, sampleMs)
  const sweeps: number[] = []
  let intervalMs = sampleMs
  let isStretched = false
  return {
    isStretched: () => isStretched,
    update: (sweepMs) => {
      sweeps.push(sweepMs)
      if (sweeps.length < SWEEPS) return intervalMs
      if (sweeps.length > SWEEPS) sweeps.shift()
      const neededMs = sweeps.toSorted((a, b) => a - b)[Math.floor(SWEEPS / 2)]! * SHARE
      isStretched = neededMs > sampleMs * (isStretched ? MARGIN : 1)
      while (intervalMs < Math.min(neededMs, maxMs)) intervalMs *= 2
      while (intervalMs > sampleMs && neededMs <= (intervalMs * MARGIN) / 2) intervalMs /= 2
      return Math.min(intervalMs, maxMs)
    },
  }
}
/** Reading takes at most this fraction of the time, one in so many. */
const SHARE = 100
const SWEEPS = 5
const MAX_MS = 60_000
/** Reading must be this much faster before the interval becomes shorter: a sweep that is just fast enough would make it alternate. */
const MARGIN = 0.8
