// What OTLP says is to be tried again, and what is not, over real sockets: the agent as a process, and a collector that answers as it
// is told, or is a real one that has no room.
import { setTimeout as wait } from 'node:timers/promises'

import { afterAll, beforeAll, describe, it } from 'vitest'

import { collectorPorts, startCollector } from '../../chart/rendered-collector.ts'
import { type Collector, collector } from '../../harness/otelcol.ts'
import { flatPoints } from '../../harness/points.ts'
import { otelcol } from '../../tools/otelcol.ts'
import { answers, type SentPoint, type SentRequest, type Told } from './collector-answers.ts'
import { hostAgent } from '../otlp/agent.ts'
import { relay } from '../../harness/relay.ts'

beforeAll(otelcol)

interface Row {
  readonly protocol: 'grpc' | 'http/protobuf'
  /** One that is to be tried again after `WAIT_MS`. */
  readonly forLater: Told
  /** One that is final. */
  readonly final: Told
}

const OK: Told = {}
const WAIT_MS = 2_000

/** The whole table is in packages/agent/test/otlp/export-response.test.ts. */
const ROWS: readonly Row[] = [
  { protocol: 'grpc', forLater: { grpc: 14, retryInfo: WAIT_MS / 1000 }, final: { grpc: 3 } },
  { protocol: 'http/protobuf', forLater: { http: 429, retryAfter: String(WAIT_MS / 1000) }, final: { http: 400 } },
]

const TIMES = ['--sample-interval', '250ms', '--export-interval', '1s']

/** Requests that are taken before the answers that a row is about. */
const BEFORE = 1

describe.concurrent('an answer to a request', () => {
  it.for(ROWS)(
    'over $protocol is followed by the same points after the time it asks for, or by none of them when it is final',
    { timeout: 60_000 },
    async ({ protocol, forLater, final }, { expect }) => {
      const told = [forLater, OK, final]
      await using collector = await answers((n) => told[n - BEFORE] ?? OK)
      const endpoint = protocol === 'grpc' ? collector.grpcEndpoint : collector.httpEndpoint
      await using agent = await hostAgent('ip-10-0-9-5', ['--endpoint', endpoint, '--protocol', protocol, ...TIMES])
      const requests = await collector.requests.when(
        (found) => found.length > BEFORE + told.length + 3 && toldOfAll(found),
        AbortSignal.timeout(40_000),
      )
      const taken = keysOf(requests.filter((request) => request.told === OK))
      const pointsOf = (answer: Told): readonly string[] => [
        ...keysOf(requests.filter((request) => request.told === answer)),
      ]
      const comeAgain = (answer: Told): number => pointsOf(answer).filter((key) => taken.has(key)).length
      const at = requests.findIndex((request) => request.told === forLater)
      const waitedMs = Math.round(requests[at + 1]!.atMs - requests[at]!.atMs)
      const refused = lastValue(requests, 'otel.sdk.exporter.metric_data_point.exported', 'rejected')
      console.log(
        `${protocol}: ${comeAgain(forLater)} of ${pointsOf(forLater).length} points came again after ${waitedMs} ms; ` +
          `${comeAgain(final)} of ${pointsOf(final).length} after a final answer, ${refused} counted as refused`,
      )
      expect(pointsOf(forLater).length).toBeGreaterThan(0)
      expect(comeAgain(forLater)).toBe(pointsOf(forLater).length)
      expect(waitedMs).toBeGreaterThanOrEqual(WAIT_MS)
      expect(comeAgain(final)).toBe(0)
      expect(refused).toBe(pointsOf(final).length)
      expect(refused).toBeGreaterThan(0)
      expect(agent.lines().filter(({ level }) => level >= 40)).not.toEqual([])
    },
  )
})

/** Its counters are older than what they travel with: two requests after the last answer, they tell of it. */
function toldOfAll(requests: readonly SentRequest[]): boolean {
  const last = requests.findLastIndex(({ told }) => told !== OK)
  return requests.length > last + 3
}

function lastValue(requests: readonly SentRequest[], metric: string, attribute: string): number {
  const points = requests.flatMap((request) => request.points)
  const last = points.findLast((point) => point.metric === metric && point.attributes.includes(attribute))
  return last?.value ?? Number.NaN
}

function keysOf(requests: readonly SentRequest[]): ReadonlySet<string> {
  const key = ({ metric, attributes, timeMs }: SentPoint): string => `${metric} ${attributes} ${timeMs}`
  return new Set(requests.flatMap(({ points }) => points.map(key)))
}

let target: Collector
beforeAll(async () => {
  target = await collector()
})
afterAll(async () => {
  await target?.stop()
})

describe('a real collector', () => {
  it.for(['grpc', 'http/protobuf'] as const)(
    'whose memory_limiter refuses is tried again until it takes what there is, over %s',
    { timeout: 60_000 },
    async (protocol, { expect }) => {
      const there = target
      const ports = await collectorPorts()
      const limited = (mebibytes: number): object =>
        configuration(ports, `http://${there.grpcEndpoint}`, {
          processors: { memory_limiter: { check_interval: '100ms', limit_mib: mebibytes, spike_limit_mib: 1 } },
        })
      const node = `ip-10-0-9-6-${protocol.slice(0, 4)}`
      const full = await startCollector({ config: limited(2), flags: [] }, {})
      await using agent = await hostAgent(node, argsFor(ports, protocol))
      const said = await warned(agent)
      await wait(4_000) // for another attempt, and exports that wait for it
      await full.stop()
      await using _ = await startCollector({ config: limited(2_000), flags: [] }, {})
      await delivered(expect, there, node, said)
    },
  )

  it('whose queue is full is tried again until it takes what there is', { timeout: 60_000 }, async ({ expect }) => {
    const there = target
    const ports = await collectorPorts()
    const { grpc: nobody } = await collectorPorts()
    await using way = await relay(nobody)
    const queue = { num_consumers: 1, queue_size: 1, block_on_overflow: false }
    const retry = { enabled: true, initial_interval: '100ms', max_interval: '1s', max_elapsed_time: '0s' }
    const config = configuration(ports, `http://127.0.0.1:${way.port}`, {
      sending_queue: queue,
      retry_on_failure: retry,
    })
    await using _ = await startCollector({ config, flags: [] }, {})
    const node = 'ip-10-0-9-7'
    await using agent = await hostAgent(node, argsFor(ports, 'grpc'))
    const said = await warned(agent)
    way.turnTo(Number(there.grpcEndpoint.split(':')[1]))
    await delivered(expect, there, node, said)
  })
})

type Ports = Awaited<ReturnType<typeof collectorPorts>>
type HostAgent = Awaited<ReturnType<typeof hostAgent>>

function configuration(
  ports: Ports,
  endpoint: string,
  { processors = {}, ...exporter }: { readonly processors?: object; readonly [setting: string]: unknown },
): object {
  const protocols = {
    grpc: { endpoint: `127.0.0.1:${ports.grpc}` },
    http: { endpoint: `127.0.0.1:${ports.http}` },
  }
  return {
    receivers: { otlp: { protocols } },
    processors,
    exporters: { otlp: { endpoint, tls: { insecure: true }, ...exporter } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], processors: Object.keys(processors), exporters: ['otlp'] } },
    },
  }
}

function argsFor(ports: Ports, protocol: 'grpc' | 'http/protobuf'): readonly string[] {
  const endpoint = `http://127.0.0.1:${protocol === 'grpc' ? ports.grpc : ports.http}`
  return ['--endpoint', endpoint, '--protocol', protocol, ...TIMES]
}

interface Warned {
  readonly message: string
  readonly atMs: number
}

/** What the agent says of the collector that does not take what it sends, as soon as it does. */
async function warned(agent: HostAgent): Promise<Warned> {
  await agent.logged(/export failed/)
  const atMs = Date.now()
  const messages = agent.lines().flatMap(({ level, msg }) => (level >= 40 ? [msg] : []))
  return { message: messages.join('\n'), atMs }
}

/** All exports of the agent, from before it was refused on: none left out, none twice. */
async function delivered(
  expect: (actual: unknown) => { toBe: (expected: unknown) => void; toEqual: (expected: unknown) => void },
  there: Collector,
  node: string,
  { message, atMs }: Warned,
): Promise<void> {
  const exportsOf = (points: ReturnType<typeof flatPoints>): readonly number[] =>
    points
      .filter(({ metric, resource }) => metric === 'ena_otel.sweeps' && resource['k8s.node.name'] === node)
      .map(({ timeMs }) => timeMs)
  const enough = (points: ReturnType<typeof flatPoints>): boolean =>
    points.some(
      ({ metric, value, resource }) =>
        metric === 'ena_otel.exports' && resource['k8s.node.name'] === node && value >= 3,
    )
  const requests = await there.receivedWhen((found) => enough(flatPoints(found)), AbortSignal.timeout(50_000))
  const points = flatPoints(requests)
  const times = exportsOf(points)
  const failures = points.findLast(
    ({ metric, resource }) => metric === 'ena_otel.export.failures' && resource['k8s.node.name'] === node,
  )!.value
  const gaps = times.slice(1).map((time, i) => time - times[i]!)
  console.log(
    `${message}: ${failures} requests failed, ${times.length} exports delivered, at most ${Math.max(...gaps)} ms between two`,
  )
  expect(failures > 0).toBe(true)
  expect(times[0]! < atMs).toBe(true)
  expect(times.length - new Set(times).size).toBe(0)
  expect(gaps.filter((gap) => gap > 2_500)).toEqual([]) // they were made each second
}
