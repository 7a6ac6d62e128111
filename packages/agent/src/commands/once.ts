// `ena-otel once`: one sample, or everything that happens in some time, to stdout.
import { setTimeout as wait } from 'node:timers/promises'

import type { Log } from '@ena-otel/metrics'
import { JsonMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'

import type { Format } from '../cli.ts'
import type { LoadedConfig } from '../config/load.ts'
import { joined, metricPoints } from '../view/metric-points.ts'
import { renderPoints } from '../view/points-table.ts'
import { type Node, openNode } from './node.ts'

/** How long the metadata service may take to say who we are. */
const IDENTITY_MS = 1_000

export interface Printed {
  readonly text: string
  /** What could not be read, and why, by what it is. */
  readonly problems: ReadonlyMap<string, string>
}

/**
 * The text to print: all counters now or, with `forMs`, everything in that time or until `stopped` is fulfilled. Totals since boot,
 * whatever the temporality of exports: there is no earlier export that a delta could continue.
 *
 * @throws Error with one line when there is nothing to read
 */
export async function once(
  { config }: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  { format, forMs }: { readonly format: Format; readonly forMs: number | undefined },
  stopped: Promise<unknown>,
): Promise<Printed> {
  const sampleInterval = forMs === undefined ? Infinity : config.sampleInterval
  using node = openNode(config, env, log, { temporality: 'cumulative', sampleInterval })
  const { producer } = node
  const nothingRead = producer.problems().get('interfaces') ?? producer.nothingRead()
  if (nothingRead !== undefined) throw new Error(nothingRead)
  const ended = new AbortController()
  try {
    await Promise.race([node.identify(IDENTITY_MS), stopped])
    const collections = [await collect(producer)]
    if (forMs !== undefined) {
      await Promise.race([wait(forMs, undefined, { signal: ended.signal }), stopped])
      producer.sample()
      collections.push(await collect(producer))
    }
    return { text: FORMATTERS[format](node, collections), problems: new Map(producer.problems()) }
  } finally {
    ended.abort()
  }
}

/** @throws Error when the collection failed */
async function collect(producer: Node['producer']): Promise<ResourceMetrics> {
  const { resourceMetrics, errors } = await producer.collect()
  if (errors.length > 0) throw errors[0]
  return resourceMetrics
}

type Formatter = (node: Node, collections: readonly ResourceMetrics[]) => string

const pointsOf = (collections: readonly ResourceMetrics[]): ReturnType<typeof joined> =>
  joined(...collections.map(({ scopeMetrics }) => metricPoints(scopeMetrics)))

const FORMATTERS: Readonly<Record<Format, Formatter>> = {
  table: ({ producer }, collections) => renderPoints(producer.interfaces(), pointsOf(collections)),
  json: (node, collections) => {
    const metrics = pointsOf(collections).map(({ metric, points }) => ({ ...metric, points }))
    return JSON.stringify({ resource: node.attributes(), metrics }, undefined, 2)
  },
  'otlp-json': (node, collections) => {
    const resource = resourceFromAttributes({ ...node.attributes() })
    const scopeMetrics = collections.flatMap((collection) => collection.scopeMetrics)
    return new TextDecoder().decode(JsonMetricsSerializer.serializeRequest({ resource, scopeMetrics }))
  },
}
