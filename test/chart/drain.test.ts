// A node whose collectors crash, on a real Kubernetes: it can be drained all the same.
import { afterAll, beforeAll, expect, test } from 'vitest'

import { CHART } from './chart.ts'
import { type Bench, helmed, installationBench, values } from './installation.ts'

let bench: Bench | undefined
beforeAll(async () => {
  bench = await installationBench()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

const collectors = 'app.kubernetes.io/component=collector'
const pods = ['-n', 'ena-otel', 'get', 'pods', '-l', collectors, '-o']

test('collectors that crash do not keep a node from being drained', { timeout: 120_000 }, async () => {
  if (bench === undefined) throw new TypeError('beforeAll makes it')
  const { cluster } = bench
  const config = { exporters: { prometheusremotewrite: { timeoutt: '1s' } } } // refused by the collector at its start
  await helmed(bench, ['install', 'ena-otel', CHART], values(bench, 'drained', { replicas: 2, config }))
  const restarts = 'jsonpath={.items[*].status.containerStatuses[*].restartCount}'
  await expect.poll(() => cluster.kubectl([...pods, restarts]), { timeout: 60_000 }).toMatch(/^[1-9]\d* [1-9]\d*$/)
  const drained = await cluster
    .kubectl(['drain', cluster.nodeName, '--ignore-daemonsets', '--pod-selector', collectors, '--timeout=20s'])
    .catch(String)
  expect(drained).toContain(`node/${cluster.nodeName} drained`)
})
