// What the agent does again and again: sample, export, and export at once what rises after quiet.
import type { Agent } from '../agent.ts'
import type { Clock } from '@ena-otel/metrics/src/sampling/clock.ts'
import type { Collector } from '@ena-otel/metrics/src/points/collect.ts'
import { formatDuration } from '../config/duration.ts'
import type { Config } from '../config/options.ts'
import type { Log } from '@ena-otel/metrics/src/log.ts'
import type { Extract } from '@ena-otel/metrics/src/points/points.ts'
import { createPace } from '@ena-otel/metrics/src/sampling/adaptive-interval.ts'
import { createProblems } from '@ena-otel/metrics/src/sampling/problems.ts'
import type { Extent } from '@ena-otel/metrics/src/readers/block.ts'
import type { Sink } from './sink.ts'

export interface Turns {
  /** Samples; hands on what can't wait for the next export, but waits for nothing itself. */
  readonly sample: () => void
  /** Samples everything, and hands on what there is since the last time. */
  readonly deliver: () => Promise<void>
  /** The same, and reads in any case, before the end. */
  readonly deliverLast: () => Promise<void>
  /** From now on what rises after quiet is exported at once: before, it isn't known yet what the interfaces are called. */
  readonly beginTelling: () => void
}

export interface TurnParts {
  readonly agent: Pick<Agent, 'sample' | 'counts' | 'whyNothingIsRead' | 'identify'>
  readonly sink: Pick<Sink, 'take'>
  readonly collector: Collector
  readonly config: Pick<Config, 'sampleInterval' | 'exportInterval'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * The turns, after a first sample of everything. An error in one is ours, not the kernel's: it is logged, and the next comes all the same.
 */
export function createTurns({ agent, sink, collector, config, clock, log }: TurnParts): Turns {
  const { counts } = agent
  const pace = createPace(config.sampleInterval, Math.min(config.sampleInterval, config.exportInterval))
  const problems = createProblems(log)
  let nothingRead: string | undefined
  let hasNews = false
  let isTelling = false
  let toldMs = Number.NEGATIVE_INFINITY
  /** Where samples are stretched an export doesn't read by itself: the next sample reads all that it wants. */
  let next: Extent = 'all'
  /** What is on its way to the sink: one after the other, so that each series stays in order. */
  let taken = Promise.resolve()

  const logged = (what: string, error: unknown): void =>
    log.error({ err: error }, `${what}: ${(error as Error).message}`)

  const read = (extent: Extent): void => {
    const before = counts.sweepMs
    try {
      if (agent.sample(extent)) hasNews = true
    } catch (error) {
      logged('sample', error)
    }
    counts.sampleIntervalMs = pace.took(counts.sweepMs - before)
    counts.longestIntervalMs = Math.max(counts.longestIntervalMs, counts.sampleIntervalMs)
    problems.report('sampling', pace.isStretched() ? tooSlow(config.sampleInterval) : undefined)
    const now = agent.whyNothingIsRead()
    if (now !== undefined && now !== nothingRead) log.error({}, now)
    nothingRead = now
  }

  const handOn = async (extract: Extract): Promise<void> => {
    hasNews = false
    try {
      const metrics = collector.collect(extract)
      taken = taken.then(() => sink.take(metrics, extract === 'changed'))
      await taken
    } catch (error) {
      logged('export', error)
      taken = Promise.resolve()
    }
  }

  const tell = (): void => {
    const ms = clock.steady()
    if (!isTelling || !hasNews || ms - toldMs < A_SECOND_MS) return
    toldMs = ms
    void handOn('changed')
  }

  const deliver = (isLast: boolean): Promise<void> => {
    if (pace.isStretched() && !isLast) next = 'all'
    else read('all')
    void agent.identify()
    return handOn('all')
  }

  read('all')
  next = 'sampled'
  return {
    sample: () => {
      read(next)
      next = 'sampled'
      tell()
    },
    deliver: () => deliver(false),
    deliverLast: () => deliver(true),
    beginTelling: () => {
      isTelling = true
    },
  }
}

/** At most one early export a second; timers are a little early now and then. */
const A_SECOND_MS = 950

function tooSlow(sampleMs: number): string {
  return `reading takes more than 1 % of the time, so samples are further apart than ${formatDuration(sampleMs)} until it is faster again`
}
