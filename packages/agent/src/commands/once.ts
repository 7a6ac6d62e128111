// `ena-otel once`: one sweep, or all that is seen in some time, to stdout.
import { setTimeout as wait } from 'node:timers/promises'

import { type Agent, openAgent } from '../agent.ts'
import type { Format } from '../cli.ts'
import { systemClock } from '@ena-otel/metrics/src/sampling/clock.ts'
import { createCollector } from '@ena-otel/metrics/src/points/collect.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { Log } from '@ena-otel/metrics/src/log.ts'
import { inOrder, type MetricPoints } from '@ena-otel/metrics/src/points/points.ts'
import { toOtlpJson } from '../otlp/json.ts'
import { every } from '@ena-otel/metrics/src/sampling/schedule.ts'
import { VERSION } from '../version.ts'
import { renderPoints } from '../view/points-table.ts'

/** How long the metadata service may take to say who we are. */
const IDENTITY_MS = 1_000

export interface Printed {
  readonly text: string
  /** What could not be read, and why, by what it is. */
  readonly problems: ReadonlyMap<string, string>
}

/**
 * The text to print: all counters now or, with `forMs`, all that was seen in that time or until `stopped` is fulfilled. Totals are
 * since boot, whatever the temporality of pushes: there is no push before this one that a delta could go on from.
 *
 * @throws Error with one line when there is nothing to read
 */
export async function once(
  loaded: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  { format, forMs }: { readonly format: Format; readonly forMs: number | undefined },
  stopped: Promise<unknown>,
): Promise<Printed> {
  const { config } = loaded
  const agent = openAgent(loaded, env, log)
  const ended = new AbortController()
  try {
    const collector = createCollector(agent, { ...config, temporality: 'cumulative' })
    agent.sample('all')
    const nothingRead = agent.sweep.problems().get('interfaces') ?? agent.whyNothingIsRead()
    if (nothingRead !== undefined) throw new Error(nothingRead)
    await Promise.race([agent.identify(), wait(IDENTITY_MS, undefined, { ref: false, signal: ended.signal }), stopped])
    const first = collector.collect()
    if (forMs === undefined) return printed(agent, format, first)

    const sampling = every(config.sampleInterval, 0, systemClock, () => agent.sample('sampled'))
    await Promise.race([wait(forMs, undefined, { signal: ended.signal }), stopped])
    sampling.stop()
    agent.sample('all')
    return printed(agent, format, inOrder(first, collector.collect()))
  } finally {
    ended.abort()
    agent.close()
  }
}

function printed(agent: Agent, format: Format, metrics: readonly MetricPoints[]): Printed {
  return { text: FORMATTERS[format](agent, metrics), problems: new Map(agent.sweep.problems()) }
}

const FORMATTERS: Readonly<Record<Format, (agent: Agent, metrics: readonly MetricPoints[]) => string>> = {
  table: renderPoints,
  json: (agent, metrics) =>
    JSON.stringify(
      {
        resource: agent.attributes(),
        metrics: metrics.map(({ metric: { name, kind, unit }, points }) => ({ name, kind, unit, points })),
      },
      undefined,
      2,
    ),
  'otlp-json': (agent, metrics) => toOtlpJson(agent.attributes(), VERSION, metrics, 'cumulative'),
}
