// When the counters are read: every interval on a timer, and before each collection. The interval grows while reading is slow.
import type { Log } from '../log.ts'
import type { Coverage } from '../readers/block.ts'
import { createAdaptiveInterval } from './adaptive-interval.ts'
import type { Clock } from './clock.ts'
import { createProblems } from './problems.ts'
import { every, type Schedule } from './schedule.ts'
import type { Sweep } from './sweep.ts'

/** New interfaces are found within this time, however far apart the samples are. Milliseconds. */
const LOOK_INTERVAL_MS = 1_000

export interface Sampler {
  /** Reads every counter now. */
  readonly sample: () => void
  /** Reads every counter now. While the interval is stretched, the next sample reads them instead. */
  readonly sampleBeforeCollection: () => void
  /** Time from one sample to the next, milliseconds; Infinity without a timer. Longer than configured while reading is slow. */
  readonly intervalMs: () => number
  /** The longest interval since the last collection but one, milliseconds; Infinity without a timer. */
  readonly longestIntervalMs: () => number
  /** When the last sample began, milliseconds since the epoch. */
  readonly lastSampleTime: () => number
  readonly close: () => void
}

export interface SamplerParts {
  readonly sweep: Pick<Sweep, 'run' | 'look'>
  /** Milliseconds from one sample to the next; Infinity: samples are taken only before a collection. */
  readonly sampleInterval: number
  readonly clock: Clock
  readonly log: Log
  /** Called after each sample. @param hasRisen a counter that is usually quiet rose, and no collection has returned it */
  readonly onSample: (hasRisen: boolean) => void
}

/**
 * Takes a first sample of everything, and then samples on a timer that does not keep the process alive.
 * An exception in a sample is a fault of ours, not of the kernel: it is logged, and sampling continues.
 */
export function createSampler({ sweep, sampleInterval, clock, log, onSample }: SamplerParts): Sampler {
  const interval = createAdaptiveInterval(sampleInterval)
  const problems = createProblems(log)
  let intervalMs = sampleInterval
  let longestMs = sampleInterval
  let previousLongestMs = sampleInterval
  let lastSampleTime = 0
  /** What the next timed sample reads: everything, when a collection left its reads to it. */
  let nextCoverage: Coverage = 'sampled'
  /** Looks for new interfaces. Only while samples are further apart: each timer that fires costs CPU time. */
  let looking: Schedule | undefined

  const stopLooking = (): void => {
    looking?.stop()
    looking = undefined
  }
  const sample = (coverage: Coverage): void => {
    lastSampleTime = clock.now()
    try {
      const { hasRisen, durationMs } = sweep.run(coverage)
      if (sampleInterval !== Infinity) intervalMs = interval.update(durationMs)
      onSample(hasRisen)
    } catch (error) {
      log.error({ err: error }, `sample: ${(error as Error).message}`)
    }
    if (intervalMs > LOOK_INTERVAL_MS && sampleInterval !== Infinity)
      looking ??= every(LOOK_INTERVAL_MS, 0, clock, sweep.look, true)
    else stopLooking()
    longestMs = Math.max(longestMs, intervalMs)
    problems.report('sampling', interval.isStretched() ? slowReading(sampleInterval) : undefined)
  }

  const onTimer = (): void => {
    const coverage = nextCoverage
    nextCoverage = 'sampled'
    sample(coverage)
  }

  sample('all')
  const sampling = sampleInterval === Infinity ? undefined : every(() => intervalMs, 0, clock, onTimer, true)
  return {
    sample: () => sample('all'),
    sampleBeforeCollection: () => {
      previousLongestMs = longestMs
      longestMs = intervalMs
      if (interval.isStretched()) nextCoverage = 'all'
      else sample('all')
    },
    intervalMs: () => intervalMs,
    longestIntervalMs: () => Math.max(previousLongestMs, longestMs),
    lastSampleTime: () => lastSampleTime,
    close: () => {
      sampling?.stop()
      stopLooking()
    },
  }
}

function slowReading(sampleMs: number): string {
  return `reading takes more than 1 % of the time: samples are further apart than ${sampleMs / 1000} s until it is faster`
}
