// `ena-otel run`: samples, pushes, answers the kubelet, and stops when it is told to.
import { setTimeout as wait } from 'node:timers/promises'

import { type Agent, openAgent } from '../agent.ts'
import { type Clock, systemClock } from '@ena-otel/metrics/src/sampling/clock.ts'
import { createCollector } from '@ena-otel/metrics/src/points/collect.ts'
import type { LoadedConfig } from '../config/load.ts'
import { type HealthChecks, serveHealth } from '../health.ts'
import type { Log } from '@ena-otel/metrics/src/log.ts'
import { openPush } from '../export/push.ts'
import { every, phaseOf } from '@ena-otel/metrics/src/sampling/schedule.ts'
import { createTurns } from '../export/turns.ts'

/** A new ENI is seen within a second, however far apart the samples are. */
const LOOK_MS = 1_000
/** How long the first export waits for the instance metadata service. The first sample doesn't wait. */
const IDENTITY_MS = 2_000
/** How long the last export may take, so that the process has ended 5 s after it was told to. */
const FLUSH_MS = 4_500

/**
 * Where Node was started with --expose-gc. V8 collects its old generation when that has grown by megabytes, which takes an hour here; as long,
 * what each export hands to zlib and to the socket stays resident behind it.
 */
const COLLECT_MS = 600_000

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
      ? [
          (await import('../view/plain.ts')).createConsoleSink(agent, process.stdout),
          createCollector(agent, { ...config, ...FOR_PEOPLE }),
        ]
      : [await openPush(loaded, agent, log), createCollector(agent, config)]
  const health = config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, healthChecks(agent))

  const { counts } = agent
  const turns = createTurns({ agent, sink, collector, config, clock: systemClock, log })
  const sampling = every(() => counts.sampleIntervalMs, 0, systemClock, turns.sample)
  const looking = every(LOOK_MS, 0, systemClock, () => {
    if (counts.sampleIntervalMs > LOOK_MS) agent.look()
  })
  await Promise.race([agent.identify(), pause(IDENTITY_MS), stopped])
  const phase = phaseOf(agent.attributes()['service.instance.id'] ?? '', config.exportInterval)
  const exporting = every(config.exportInterval, phase, systemClock, turns.deliver)
  const collecting = every(COLLECT_MS, phase, systemClock, () => globalThis.gc?.())
  // The console shows whole exports, and nothing early.
  if (config.endpoint !== undefined) turns.beginTelling()

  await (config.endpoint === undefined ? Promise.race([stopped, nobodyReads(process.stdout)]) : stopped)
  sampling.stop()
  looking.stop()
  exporting.stop()
  collecting.stop()
  const isDelivered = turns
    .deliverLast()
    .then(() => Promise.all([sink.close(), health?.close()]))
    .then(() => true)
  if (!(await Promise.race([isDelivered, pause(FLUSH_MS).then(() => false)])))
    log.warn(
      {},
      `stopped before the last push was taken (${FLUSH_MS / 1000} s): all that waited for the collector is lost`,
    )
  agent.close()
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

/**
 * A sweep every so often means alive, however far apart samples are now; an interface that is read means ready, whether or not the
 * collector can be reached.
 */
export function healthChecks(
  { counts, whyNothingIsRead }: Pick<Agent, 'counts' | 'whyNothingIsRead'>,
  { now }: Pick<Clock, 'now'> = systemClock,
): HealthChecks {
  return {
    livez: () => {
      const longest = Math.max(10_000, 3 * counts.sampleIntervalMs)
      const age = now() - counts.lastSweepTime
      return counts.sweeps > 0 && age > longest ? `the last sweep was ${Math.round(age / 1000)} s ago` : undefined
    },
    readyz: () => (counts.sweeps === 0 ? 'nothing has been read yet' : whyNothingIsRead()),
  }
}
