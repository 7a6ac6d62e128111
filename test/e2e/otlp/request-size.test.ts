// A real collector that accepts only small requests: it gets every point, in requests that it accepts.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, expect, it } from 'vitest'

import { metricsSerializer } from '../../../packages/agent/src/otlp/metrics-serializer.ts'
import { NOON, DROPS, metricData, resourceMetrics } from '../../../packages/agent/test/export/metric-data.ts'
import { open as openExporter } from '../../../packages/agent/test/export/open-exporter.ts'
import { open as openTransport } from '../../../packages/agent/test/otlp/open-transport.ts'
import { collector } from '../../harness/otelcol.ts'
import { flatPoints } from '../../harness/points.ts'
import { otelcol } from '../../tools/otelcol.ts'
import { hostAgent } from './agent.ts'

beforeAll(otelcol) // the first time, that takes longer than a test may

const LIMITS = { grpc: { max_recv_msg_size_mib: 1 }, http: { max_request_body_size: 200_000 } }

const SERIES = 250
const SECONDS = 40
/** So long that 8,000 points are more than a MiB. */
const POD = 'x'.repeat(100)

/** 10,000 points: those of all series, one series after the other, a point a second. */
const EXPORT = Array.from({ length: SERIES }, (_, series) =>
  Array.from({ length: SECONDS }, (_unused, second) => ({
    attributes: { 'network.interface.name': `veth${series}`, 'k8s.pod.name': POD },
    startTime: NOON,
    time: NOON + 1000 * second,
    value: second,
  })),
).flat()

it.for([
  ['grpc', 'none', 'grpc: received message larger than max'],
  ['grpc', 'gzip', 'grpc: received message after decompression larger than max 1048576'],
  ['http/protobuf', 'none', 'http: request body too large'],
] as const)(
  'over %s with compression %s, requests are divided by time until they fit',
  async ([protocol, compression, reason]) => {
    await using running = await collector({ receiver: LIMITS })
    const endpoint = `http://${protocol === 'grpc' ? running.grpcEndpoint : running.httpEndpoint}`
    const transport = await openTransport({ protocol, endpoint, compression })
    const options = { transport, serializer: metricsSerializer, maxSeries: SERIES, queueAge: 3_600_000 }
    const { exporter, exportNow, lines } = openExporter([], { ...options, pause: () => wait(1) })
    for (const first of [0, SECONDS]) {
      const moved = EXPORT.map((point) => ({ ...point, time: point.time + 1000 * first, value: point.value + first }))
      await exportNow(resourceMetrics(metricData(DROPS, moved)))
      await exporter.forceFlush()
    }

    const requests = await running.receivedWhen((all) => flatPoints(all).length >= 2 * EXPORT.length)
    const times = requests.map((request) => flatPoints([request]).map(({ timeMs }) => timeMs))
    const series = Map.groupBy(flatPoints(requests), ({ attributes }) => attributes['network.interface.name'])
    const { exports, exportFailures, rejectedPoints } = exporter.statistics()
    console.log(`${protocol}, ${compression}: ${exports} requests accepted, ${exportFailures} refused`)
    const all = Array.from({ length: 2 * SECONDS }, (_, second) => second)
    expect(series.size).toBe(SERIES)
    for (const points of series.values()) expect(points.map(({ value }) => value)).toEqual(all)
    for (const [i, those] of times.entries())
      if (i > 0) expect(Math.min(...those), `request ${i}`).toBeGreaterThanOrEqual(Math.max(...times[i - 1]!))
    expect([requests.length, rejectedPoints]).toEqual([exports, 0])
    // The second export begins with requests of the size that was found.
    expect(exportFailures).toBeLessThanOrEqual(6)
    expect(lines.map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      expect.stringContaining(`points exceed the receiver's limit (`),
      'collector: accepts metrics',
    ])
    expect(lines[0]).toContain(reason)
  },
)

it('an agent whose collector accepts small requests only delivers what it reads, and says so once', async () => {
  await using running = await collector({ receiver: { http: { max_request_body_size: 2_000 } } })
  const endpoint = ['--endpoint', `http://${running.httpEndpoint}`, '--protocol', 'http/protobuf']
  await using agent = await hostAgent('small', [...endpoint, '--compression', 'none', '--export-interval', '1s'])
  const requests = await running.receivedWhen((all) =>
    flatPoints(all).some(({ metric, value }) => metric === 'ena_otel.exports' && value > 20),
  )
  const names = new Set(flatPoints(requests).map(({ metric }) => metric))
  expect(names).toContain('system.network.io')
  const warnings = agent.lines().filter(({ level, msg }) => level >= 40 && msg.includes(running.httpEndpoint))
  expect(warnings.map(({ msg }) => msg.replace(/^\S+ /, '').replace(/\d+ points/, 'N points'))).toEqual([
    "request size: N points exceed the receiver's limit (Bad Request (status 400): http: request body too large): " +
      'requests are divided; raise its max_recv_msg_size_mib (gRPC) or max_request_body_size (HTTP)',
  ])
})
