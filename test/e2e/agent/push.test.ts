// The agent pushes to a real OpenTelemetry Collector, which tells what it got.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { enaOtel, COMPLETE, REPOSITORY } from '../../harness/agent.ts'
import { writeCertificates } from '../../harness/certificates.ts'
import { bootTimeMs, differences, physicalInterfaces, statisticsNow } from '../../harness/kernel-counters.ts'
import { type Collector, collector } from '../../harness/otelcol.ts'
import type { OtlpRequest } from '../../harness/otlp-request.ts'
import { flatPoints } from '../../harness/points.ts'
import { otelcol } from '../../tools/otelcol.ts'

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-push-'))
beforeAll(otelcol)
afterAll(() => rmSync(folder, { recursive: true }))

interface RunningAgent {
  readonly child: ChildProcess
  /** Ends it with SIGTERM. */
  readonly stop: () => Promise<{ readonly status: number | null; readonly log: string }>
}

function startAgent(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningAgent {
  const [program, ...rest] = enaOtel('run', '--health-port', 'off', '--export-interval', '1s', ...args)
  const child = spawn(program!, rest, {
    cwd: REPOSITORY,
    env: { ...COMPLETE, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log = text(child.stderr)
  return {
    child,
    stop: async () => {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      return { status: child.exitCode, log: await log }
    },
  }
}

const has = (requests: readonly OtlpRequest[], metric: string): boolean =>
  flatPoints(requests).some((point) => point.metric === metric)

describe('a push', () => {
  it('arrives with the numbers of the kernel, the time they were read and the time since which they count', async () => {
    await using target = await collector()
    const interfaces = physicalInterfaces()
    const now = (): ReadonlyMap<string, bigint> => new Map(interfaces.flatMap((name) => [...statisticsNow(name)]))
    const before = now()
    const start = Date.now()
    const options = ['--cluster-name', 'blue', '--detail', 'full'] // with what is 0
    const agent = startAgent(['--endpoint', `http://${target.grpcEndpoint}`, ...options], {
      K8S_NODE_NAME: 'ip-10-0-1-23',
    })
    const received = await target.receivedWhen((requests) => requests.length > 1)
    const { status, log } = await agent.stop()
    const points = flatPoints(received)
    expect(status, log).toBe(0)
    expect(differences(points, before, now())).toEqual([])
    const kernel = points.filter(({ metric }) => metric.startsWith('system.network'))
    expect([...new Set(kernel.flatMap(({ startMs }) => startMs ?? []))]).toEqual([bootTimeMs()])
    expect(kernel.filter(({ timeMs }) => timeMs < start || timeMs > Date.now())).toEqual([])
    // What isn't sampled each second is read before each export.
    const lastRead = (metric: string): number =>
      Math.max(...points.filter((point) => point.metric === metric).map(({ timeMs }) => timeMs))
    expect(lastRead('ena.network.statistic')).toBe(lastRead('system.network.io'))
    expect(points[0]!.resource).toMatchObject({
      'service.name': 'ena-otel',
      'service.instance.id': 'ip-10-0-1-23',
      'k8s.node.name': 'ip-10-0-1-23',
      'k8s.cluster.name': 'blue',
    })
    expect(has(received, 'ena_otel.sweeps')).toBe(true)
  })

  it('sends what is pending when it is told to stop', async () => {
    await using target = await collector()
    const agent = startAgent(['--endpoint', `http://${target.grpcEndpoint}`])
    await target.receivedWhen((requests) => requests.length > 0)
    const lastBefore = Math.max(...flatPoints(target.received()).map(({ timeMs }) => timeMs))
    const { status } = await agent.stop()
    const last = Math.max(...flatPoints(target.received()).map(({ timeMs }) => timeMs))
    expect(status).toBe(0)
    expect(last).toBeGreaterThan(lastBefore)
  })

  it.for<[string, (target: Collector) => readonly string[], ((target: Collector) => NodeJS.ProcessEnv)?]>([
    ['http/protobuf', ({ httpEndpoint }) => ['--endpoint', `http://${httpEndpoint}`, '--protocol', 'http/protobuf']],
    [
      'gRPC without compression',
      ({ grpcEndpoint }) => ['--endpoint', `http://${grpcEndpoint}`, '--compression', 'none'],
    ],
    [
      'the variables of OpenTelemetry',
      () => [],
      ({ httpEndpoint }) => ({
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `http://${httpEndpoint}/v1/metrics`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      }),
    ],
    ['gRPC without a scheme, insecure', ({ grpcEndpoint }) => ['--endpoint', grpcEndpoint, '--insecure']],
  ])('goes by %s', async ([, args, env]) => {
    await using target = await collector()
    const agent = startAgent(args(target), env?.(target))
    const received = await target.receivedWhen((requests) => requests.length > 0)
    const { status, log } = await agent.stop()
    expect(status, log).toBe(0)
    expect(has(received, 'system.network.io')).toBe(true)
  })

  it.for(['grpc', 'http/protobuf'])('goes over mutual TLS by %s', async (protocol) => {
    const certificates = writeCertificates(folder)
    await using target = await collector({
      tls: { ...certificates.server, clientCaFile: certificates.caFile },
    })
    const endpoint = protocol === 'grpc' ? target.grpcEndpoint : target.httpEndpoint
    const ca = ['--certificate', certificates.caFile]
    const own = ['--client-certificate', certificates.client.certFile, '--client-key', certificates.client.keyFile]
    const agent = startAgent(['--endpoint', `https://${endpoint}`, '--protocol', protocol, ...ca, ...own])
    const received = await target.receivedWhen((requests) => requests.length > 0)
    const { status, log } = await agent.stop()
    expect(status, log).toBe(0)
    expect(has(received, 'system.network.io')).toBe(true)
  })

  it('sends deltas when they are asked for', async () => {
    await using target = await collector()
    const start = Date.now()
    const agent = startAgent([
      '--endpoint',
      `http://${target.grpcEndpoint}`,
      '--temporality',
      'delta',
      '--detail',
      'full',
    ])
    const received = await target.receivedWhen((requests) => requests.length > 2)
    await agent.stop()
    const sums = received.flatMap(({ resourceMetrics }) =>
      resourceMetrics.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ sum }) => (sum?.isMonotonic ? [sum] : []))),
      ),
    )
    expect([...new Set(sums.map(({ aggregationTemporality }) => aggregationTemporality))]).toEqual([1])
    const bytes = flatPoints(received).filter(
      ({ metric, attributes }) => metric === 'system.network.io' && attributes['network.io.direction'] === 'receive',
    )
    expect(bytes.slice(1).map(({ startMs }) => startMs)).toEqual(bytes.slice(0, -1).map(({ timeMs }) => timeMs))
    // Nothing of what was counted before the agent began.
    expect(bytes[0]!.startMs).toBeGreaterThanOrEqual(start)
  })

  it('carries the names of other exporters beside our own', async () => {
    await using target = await collector()
    const agent = startAgent(['--endpoint', `http://${target.grpcEndpoint}`, '--compat', 'node_exporter,telegraf'])
    const received = await target.receivedWhen((requests) => requests.length > 0)
    await agent.stop()
    for (const name of ['system.network.io', 'node_network_receive_bytes_total', 'ethtool_link'])
      expect(has(received, name), name).toBe(true)
  })
})
