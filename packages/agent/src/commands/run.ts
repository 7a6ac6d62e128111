// `ena-otel run`: samples, pushes, answers the kubelet, and stops when it is told to.
import { setTimeout as wait } from 'node:timers/promises'

import { type Agent, openAgent } from '../agent.ts'
import { systemClock } from '../clock.ts'
import { type Collector, createCollector } from '../collect.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Config } from '../config/options.ts'
import { type HealthChecks, serveHealth } from '../health.ts'
import type { Log } from '../log.ts'
import { openPush } from '../push.ts'
import type { Extent } from '../readers/block.ts'
import { every, phaseOf } from '../schedule.ts'
import type { Sink } from '../sink.ts'
import { createConsoleSink } from '../view/plain.ts'

/** A new ENI is seen within a second, however far apart the samples are. */
const LOOK_MS = 1_000
/** How long the first export waits for the instance metadata service. The first sample doesn't wait. */
const IDENTITY_MS = 2_000
/** How long the last export may take, so that the process has ended 5 s after it was told to. */
const FLUSH_MS = 4_500

/** What the console shows are our own names, and rates out of totals. */
const FOR_PEOPLE = { temporality: 'cumulative', compat: [] } as const

/**
 * Runs until `stopped` is fulfilled, then pushes what is pending.
 *
 * @throws Error with one line when the agent can't start: not Linux, a port in use, a certificate that can't be read
 */
export async function run(
  loaded: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  stopped: Promise<unknown>,
): Promise<void> {
  const { config } = loaded
  const agent = openAgent(loaded, env, log)
  const [sink, collector] =
    config.endpoint === undefined
      ? [createConsoleSink(agent, process.stdout), createCollector(agent, { ...config, ...FOR_PEOPLE })]
      : [await openPush(loaded, agent, log), createCollector(agent, config)]
  const health =
    config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, healthChecks(agent, config))

  const { sample, deliver } = createTurns(agent, sink, collector, log)
  sample('all')
  const sampling = every(config.sampleInterval, 0, systemClock, () => sample('sampled'))
  const looking = config.sampleInterval > LOOK_MS ? every(LOOK_MS, 0, systemClock, agent.look) : undefined
  await Promise.race([agent.identify(), pause(IDENTITY_MS), stopped])
  const phase = phaseOf(agent.attributes()['service.instance.id'] ?? '', config.exportInterval)
  const exporting = every(config.exportInterval, phase, systemClock, deliver)

  await (config.endpoint === undefined ? Promise.race([stopped, nobodyReads(process.stdout)]) : stopped)
  sampling.stop()
  looking?.stop()
  exporting.stop()
  const isDelivered = deliver()
    .then(() => Promise.all([sink.close(), health?.close()]))
    .then(() => true)
  if (!(await Promise.race([isDelivered, pause(FLUSH_MS).then(() => false)])))
    log.warn(
      {},
      `stopped before the last push was taken (${FLUSH_MS / 1000} s): what was counted since the one before is not delivered`,
    )
  agent.close()
}

interface Turns {
  readonly sample: (extent: Extent) => void
  /** Samples everything, and hands on what there is since the last time. */
  readonly deliver: () => Promise<void>
}

/** What is done again and again. An error in it is ours, not the kernel's: it is logged, and the next turn comes all the same. */
function createTurns(agent: Agent, sink: Sink, collector: Collector, log: Log): Turns {
  let problem: string | undefined
  const logged = (what: string, error: unknown): void =>
    log.error({ err: error }, `${what}: ${(error as Error).message}`)
  const sample = (extent: Extent): void => {
    try {
      agent.sample(extent)
    } catch (error) {
      logged('sample', error)
    }
    const now = agent.whyNothingIsRead()
    if (now !== undefined && now !== problem) log.error({}, now)
    problem = now
  }
  return {
    sample,
    deliver: async () => {
      sample('all')
      void agent.identify()
      try {
        await sink.take(collector.collect())
      } catch (error) {
        logged('export', error)
      }
    },
  }
}

/** Fulfilled when the other end of a pipe is closed (`ena-otel run | head`). */
function nobodyReads(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') resolve()
      else throw error
    })
  })
}

/** Keeps nothing alive. */
function pause(ms: number): Promise<void> {
  return wait(ms, undefined, { ref: false })
}

/** A sweep every so often means alive; an interface that is read means ready, whether or not the collector can be reached. */
function healthChecks({ counts, whyNothingIsRead }: Agent, { sampleInterval }: Config): HealthChecks {
  const longest = Math.max(10_000, 3 * sampleInterval)
  return {
    livez: () => {
      const age = systemClock.now() - counts.lastSweepTime
      return counts.sweeps > 0 && age > longest ? `the last sweep was ${Math.round(age / 1000)} s ago` : undefined
    },
    readyz: () => (counts.sweeps === 0 ? 'nothing has been read yet' : whyNothingIsRead()),
  }
}
