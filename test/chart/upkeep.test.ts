// What happens to an installed chart on a real Kubernetes: its node is drained, its mode is changed, and a collector dies.
import { afterAll, beforeAll, expect, test } from 'vitest'

import { kwok } from '../tools/kwok.ts'
import { CHART } from './chart.ts'
import { collectorDeath } from './collector-death.ts'
import { customResourceDefinitions } from './custom-resource-definitions.ts'
import { arrives, type Bench, helmed, installationBench, uninstall, values } from './installation.ts'
import { reconcile } from './opentelemetry-operator.ts'

let bench: Bench | undefined
beforeAll(kwok) // the first time, that takes longer than a test may
beforeAll(async () => {
  bench = await installationBench()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

function there(): Bench {
  if (bench === undefined) throw new TypeError('beforeAll makes it')
  return bench
}

const collectors = 'app.kubernetes.io/component=collector'
const pods = ['-n', 'ena-otel', 'get', 'pods', '-l', collectors, '-o']

test('collectors that crash do not keep a node from being drained', { timeout: 120_000 }, async () => {
  const here = there()
  const { cluster } = here
  const config = { exporters: { prometheusremotewrite: { timeoutt: '1s' } } } // refused by the collector at its start
  await helmed(here, ['install', 'ena-otel', CHART], values(here, 'drained', { replicas: 2, config }))
  const restarts = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}'
  await expect.poll(() => cluster.kubectl([...pods, restarts]), { timeout: 60_000 }).toMatch(/^[1-9]\d* [1-9]\d*$/)
  const drained = await cluster
    .kubectl(['drain', cluster.nodeName, '--ignore-daemonsets', '--pod-selector', collectors, '--timeout=20s'])
    .catch(String)
  expect(drained).toContain(`node/${cluster.nodeName} drained`)
  await cluster.kubectl(['uncordon', cluster.nodeName])
  await uninstall(here)
})

test('from the operator to a Deployment, and back', { timeout: 200_000 }, async () => {
  const here = there()
  const { cluster } = here
  await cluster.apply(customResourceDefinitions().filter(({ spec }) => spec.names.kind === 'OpenTelemetryCollector'))
  await cluster.definitionsEstablished()
  const upgrade = ['upgrade', '--install', 'ena-otel', CHART, '--timeout', '90s']
  const operated = values(here, 'operated', { mode: 'operator', replicas: 1 })
  await helmed(here, upgrade, operated)
  const made = await reconcile(cluster, 'ena-otel', await collectorName(here))

  await helmed(here, [...upgrade, '--wait'], values(here, 'deployed', { replicas: 1 }))
  await arrives(here, 'deployed')
  await expect.poll(() => deployments(here), { timeout: 60_000 }).toEqual(['ena-otel-collector'])

  await helmed(here, upgrade, operated)
  await reconcile(cluster, 'ena-otel', await collectorName(here))
  await expect.poll(() => deployments(here), { timeout: 60_000 }).toEqual([made])
  await uninstall(here)
})

const NODES = 100

test(`${NODES} nodes: one of two collectors dies, and nothing is lost`, { timeout: 300_000 }, async () => {
  const counters = 10
  const found = await collectorDeath(there(), {
    nodes: NODES,
    counters,
    intervalMs: 2_000,
    maxConnectionAge: 10,
    windowMs: 1_000,
    isUpgraded: false,
  })
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
  const { agents, collector, rebalanced } = found.afterMs
  process.stdout.write(
    `${NODES} nodes: after the death of a collector, it is ready after ${seconds(collector)}, no agent is late after ${seconds(agents)}, ` +
      `rebalanced after ${seconds(rebalanced)}; ${found.failures} requests failed\n`,
  )
  expect(found.daemonSet).toMatchObject({ desired: NODES + 1, ready: NODES + 1 }) // one node is real
  const points = found.end.exports * counters
  expect(found.stored).toEqual({ sum: points, samples: points })
  expect(found.end).toMatchObject({ queued: 0, accepted: points, refused: 0, dropped: 0 })
  for (const { connections } of [...found.before, ...found.rebalanced]) expect(connections).toBeGreaterThan(0)
})

async function names({ cluster }: Bench, kind: string): Promise<readonly string[]> {
  const text = await cluster.kubectl(['-n', 'ena-otel', 'get', kind, '-o', 'jsonpath={.items[*].metadata.name}'])
  return text.split(' ')
}

async function collectorName(here: Bench): Promise<string> {
  const [name = ''] = await names(here, 'opentelemetrycollectors.opentelemetry.io')
  return name
}

function deployments(here: Bench): Promise<readonly string[]> {
  return names(here, 'deployments')
}
