// When the chart's collector says yes to an agent: only to what the workspace has. Everything else stays in the agent's queue, so that a
// collector that ends, or is replaced, takes nothing with it.
import { beforeAll, describe, expect, test } from 'vitest'

import { type Amp, amp } from '../amp/amp.ts'
import { helm } from '../tools/helm.ts'
import { otelcol } from '../tools/otelcol.ts'
import { prometheus } from '../tools/prometheus.ts'
import {
  ampOf,
  collectorPorts,
  renderedCollector,
  type StartedCollector,
  startCollector,
} from './rendered-collector.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(otelcol)
beforeAll(prometheus)

/** OTLP/HTTP's "try again": gRPC's UNAVAILABLE. */
const TRY_AGAIN = 503
/** One of those that OTLP/HTTP doesn't repeat. */
const FOR_GOOD = 500

describe("the chart's collector", () => {
  test('says yes when the workspace has what it was sent, not before', async () => {
    await using workspace = await amp()
    await using collector = await started(workspace, {})
    expect(await collector.push('arrived')).toBe(200)
    expect(await workspace.query('arrived')).toHaveLength(1)
  })

  test.for([
    ['answers 429', (workspace: Amp) => workspace.fail(429)],
    ['answers 500', (workspace: Amp) => workspace.fail(500)],
    ['refuses connections', (workspace: Amp) => workspace.refuseConnections()],
  ] as const)('tells the agent to try again while the workspace %s', async ([, begin]) => {
    await using workspace = await amp()
    await using collector = await started(workspace, {})
    await begin(workspace)
    expect(await collector.push('later')).toBe(TRY_AGAIN)
    await workspace.recover()
    expect(await collector.push('later'), collector.log()).toBe(200)
    expect(await workspace.query('later')).toHaveLength(1)
  })

  // test/e2e/outage/refused.test.ts has what the agent makes of it.
  test.for([400, 403] as const)(
    'refuses for good what the workspace refuses with %d, and its detailed metrics have that status',
    async (status) => {
      await using workspace = await amp()
      const config = { service: { telemetry: { metrics: { level: 'detailed' } } } }
      await using collector = await started(workspace, { config })
      workspace.fail(status)
      expect(await collector.push('refused')).toBe(FOR_GOOD)
      const answers = /^http_client_request_duration_count\{.*http_response_status_code="(\d+)".* (\d+)$/m
      expect(answers.exec(await collector.metrics())?.slice(1)).toEqual([String(status), '1'])
    },
  )

  // Why remoteWrite.timeout must be longer than agent.timeout, and why a collector of one's own needs more than the exporter's 5 s.
  test('would refuse for good what it gave up itself, if it did so before the agent', async () => {
    await using workspace = await amp()
    const config = { exporters: { prometheusremotewrite: { timeout: '200ms' } } }
    await using collector = await started(workspace, { config })
    workspace.fail('hang')
    expect(await collector.push('lost')).toBe(FOR_GOOD)
  })

  test('with buffer says yes at once, and keeps it until the workspace takes it', async () => {
    await using workspace = await amp()
    await using collector = await started(workspace, { buffer: true, batch: { timeout: '200ms' } })
    workspace.fail(429)
    expect(await collector.push('kept')).toBe(200)
    await workspace.answersWhen(({ length }) => length > 0)
    expect(await workspace.query('kept')).toEqual([])
    await workspace.recover()
    await workspace.waitFor('kept', ({ length }) => length === 1, 20_000)
  })
})

interface Collector extends StartedCollector {
  /** Sends one number of that name over OTLP/HTTP, and gives the status of the answer. */
  readonly push: (name: string) => Promise<number>
  /** What it says of itself, as text. */
  readonly metrics: () => Promise<string>
}

async function started(workspace: Amp, collector: object): Promise<Collector> {
  const ports = await collectorPorts()
  const values = { clusterName: 'blue', amp: ampOf(workspace), collector: { mode: 'sidecar', ports, ...collector } }
  const server = await startCollector(await renderedCollector(values), workspace.env)
  return {
    ...server,
    metrics: async () => (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text(),
    push: async (name) => {
      const dataPoints = [{ timeUnixNano: `${Date.now()}000000`, asInt: '1' }]
      const scopeMetrics = [{ metrics: [{ name, gauge: { dataPoints } }] }]
      const response = await fetch(`http://127.0.0.1:${ports.http}/v1/metrics`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceMetrics: [{ resource: {}, scopeMetrics }] }),
      })
      await response.text()
      return response.status
    },
  }
}
