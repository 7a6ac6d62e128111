// CloudWatch as a second destination, or the only one: the real collector with the chart's configuration, between the agent and stand-ins.
import { beforeAll, describe, expect, test } from 'vitest'

import { type Amp, amp } from '../amp/amp.ts'
import { type CloudWatch, cloudwatch } from '../cloudwatch/cloudwatch.ts'
import { startAgent } from '../harness/agent.ts'
import { helm } from '../tools/helm.ts'
import { otelcol } from '../tools/otelcol.ts'
import { prometheus } from '../tools/prometheus.ts'
import { objects } from './chart.ts'
import { helmTest } from './helm-test.ts'
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

const TRY_AGAIN = 503

interface Setting extends AsyncDisposable {
  readonly workspace: Amp
  readonly second: CloudWatch
  readonly collector: StartedCollector
  readonly grpcEndpoint: string
  /** Sends points of that metric over OTLP/HTTP, and gives the status of the answer. */
  readonly push: (metric: string, count?: number) => Promise<number>
  readonly helmTest: () => ReturnType<typeof helmTest>
}

/** @param isAlone without the workspace */
async function setting(isAlone: boolean, collector: object = {}, more: object = {}): Promise<Setting> {
  await using made = new AsyncDisposableStack()
  const workspace = made.use(await amp())
  const second = made.use(await cloudwatch())
  const ports = await collectorPorts()
  const config = { processors: { 'batch/cloudwatch': { timeout: '200ms' } } } // by default 10 s
  const values = {
    clusterName: 'blue',
    amp: isAlone ? { otherCredentials: true } : ampOf(workspace),
    cloudwatch: { enabled: true, endpoint: second.endpoint, region: second.scope.region, queueSize: 2, ...more },
    collector: { ports, config, ...collector },
  }
  const running = made.use(await startCollector(await renderedCollector(values), workspace.env))
  const all = made.move()
  return {
    workspace,
    second,
    collector: running,
    grpcEndpoint: `http://127.0.0.1:${ports.grpc}`,
    push: (metric, count) => push(ports.http, metric, count),
    helmTest: async () =>
      helmTest(await objects(values), { METRICS_URL: `http://127.0.0.1:${ports.metrics}/metrics` }, [
        /60_000/,
        '1_000',
      ]),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

async function push(port: number, name: string, count = 1): Promise<number> {
  const timeUnixNano = `${Date.now()}000000`
  const dataPoints = Array.from({ length: count }, (_, i) => ({
    timeUnixNano,
    asInt: `${i}`,
    attributes: [{ key: 'number', value: { stringValue: `${i}` } }],
  }))
  const response = await fetch(`http://127.0.0.1:${port}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceMetrics: [{ resource: {}, scopeMetrics: [{ metrics: [{ name, gauge: { dataPoints } }] }] }],
    }),
  })
  await response.text()
  return response.status
}

const WAYS = {
  deployment: {},
  sidecar: { mode: 'sidecar' },
  operator: { mode: 'operator' },
  'deployment, buffer': { buffer: true, batch: { timeout: '200ms' } },
} as const

/** `2026-11-29T15:00:00.000Z transmit 12`, by which a point in one store is found in the other. */
const line = (timeMs: number, direction = '', value: number): string =>
  `${new Date(timeMs).toISOString()} ${direction} ${value}`

async function runAgent({ grpcEndpoint }: Setting): ReturnType<typeof startAgent> {
  const options = ['--export-interval', '1s', '--cluster-name', 'blue', '--node-name', 'node-1', '--include', 'lo']
  return startAgent(['--endpoint', grpcEndpoint, '--health-port', 'off', ...options])
}

describe('from the agent', () => {
  test.for(Object.keys(WAYS) as (keyof typeof WAYS)[])(
    'the same numbers arrive in the workspace and in CloudWatch: %s',
    { timeout: 60_000 },
    async (way) => {
      await using here = await setting(false, { ...WAYS[way], externalLabels: { team: 'net $HOME' } })
      await using _ = await runAgent(here)
      await here.workspace.waitFor(
        'count_over_time(system_network_io_bytes_total[1h]) >= 3',
        (found) => found.length === 2,
      )
      const stored = (await here.workspace.samples('system_network_io_bytes_total')).flatMap(({ labels, samples }) =>
        samples.map(({ timeMs, value }) => line(timeMs, labels['network_io_direction'], value)),
      )
      const sent = (): readonly string[] =>
        here.second
          .points('system.network.io')
          .map(({ timeMs, attributes, value }) => line(timeMs, attributes['network.io.direction'], value))
      await expect.poll(() => stored.filter((one) => !sent().includes(one)), { timeout: 10_000 }).toEqual([])
      expect(here.second.points()[0]!.resource).toMatchObject({
        'k8s.cluster.name': 'blue',
        'k8s.node.name': 'node-1',
        team: 'net $HOME',
      })
      expect(here.second.requests.list().filter(({ status }) => status !== 200)).toEqual([])
      expect(await here.helmTest()).toMatchObject({
        status: 0,
        stdout: expect.stringMatching(
          /got \d+ points from agents, and the workspace took \d+.*, CloudWatch took [1-9]\d*/,
        ),
      })
    },
  )

  test('CloudWatch alone gets them, without a workspace', { timeout: 60_000 }, async () => {
    await using here = await setting(true)
    await using _ = await runAgent(here)
    const times = (): number => new Set(here.second.points('system.network.io').map(({ timeMs }) => timeMs)).size
    await here.second.requests.when(() => times() >= 3)
    expect(here.second.requests.list().filter(({ status }) => status !== 200)).toEqual([])
    expect(here.workspace.answers()).toEqual([])
    const all = here.second.requests.list()
    const bytes = all.reduce((sum, request) => sum + request.bytes, 0)
    process.stdout.write(
      `CloudWatch: ${(bytes / here.second.points().length).toFixed(0)} bytes a point, uncompressed\n`,
    )
  })
})

describe('a push of 2,500 points', () => {
  test.for([
    ['beside a workspace', false],
    ['alone', true],
  ] as const)('becomes requests of at most 1,000: %s', async ([, isAlone]) => {
    await using here = await setting(isAlone)
    expect(await here.push('many', 2_500)).toBe(200)
    await here.second.requests.when((all) => all.flatMap(({ points }) => points).length >= 2_500)
    const values = here.second.points('many').map(({ value }) => value)
    expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2_500 }, (_, i) => i))
    expect(here.second.requests.list().map(({ status, points }) => [status, points.length <= 1_000])).toEqual([
      [200, true],
      [200, true],
      [200, true],
    ])
  })
})

test('what CloudWatch refuses permanently is dropped, and only the collector says so', async () => {
  await using here = await setting(true, {}, { region: 'us-east-1' }) // not that of the endpoint
  expect(await here.push('refused')).toBe(200)
  await here.second.requests.when(({ length }) => length > 0)
  await expect.poll(() => here.collector.log(), { timeout: 10_000 }).toMatch(/Exporting failed\. Dropping data\..*403/)
  const { status, stderr } = await here.helmTest()
  expect([status, stderr]).toEqual([1, expect.stringMatching(/but CloudWatch has taken 0 and refused 1: see the/)])
  expect(here.second.requests.list()).toMatchObject([{ status: 403 }])
})

describe('beside a workspace', () => {
  test('CloudWatch is not waited for: the workspace has the points, and CloudWatch gets them later', async () => {
    await using here = await setting(false)
    here.second.fail(429)
    expect(await here.push('late')).toBe(200)
    expect(await here.workspace.query('late')).toHaveLength(1)
    await here.second.requests.when(({ length }) => length > 1)
    expect(here.second.points('late')).toEqual([])
    await here.second.recover()
    await here.second.requests.when((all) => all.some(({ points }) => points.length > 0))
    expect(here.second.points('late')).toHaveLength(1)
  })

  test('a full queue for CloudWatch drops batches, and the workspace goes on', { timeout: 60_000 }, async () => {
    await using here = await setting(false)
    here.second.fail('hang')
    // Five are on the way, two in the queue.
    for (let i = 0; i < 9; i++) expect(await here.push(`m${i}`, 1_000)).toBe(200)
    await expect.poll(() => here.collector.log(), { timeout: 10_000 }).toContain('sending queue is full')
    expect(await here.push('last')).toBe(200)
    expect(await here.workspace.query('{__name__=~"m.|last"}')).toHaveLength(9_001)
    await here.second.recover() // or the collector waits for its answers when it ends
  })

  test('while the workspace fails, the agent sends again, and CloudWatch gets the same point twice', async () => {
    await using here = await setting(false)
    here.workspace.fail(503, 1)
    expect(await here.push('twice')).toBe(TRY_AGAIN)
    expect(await here.push('twice')).toBe(200)
    await here.second.requests.when((all) => all.flatMap(({ points }) => points).length === 2)
    expect(await here.workspace.query('twice')).toHaveLength(1)
  })
})
