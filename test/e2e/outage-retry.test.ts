// What OTLP says is to be tried again, and what is not, over real sockets: the agent as a process, and a collector that answers as it
// is told, or is a real one that has no room.
import { setTimeout as wait } from 'node:timers/promises'

import { afterAll, beforeAll, describe, it } from 'vitest'

import { collectorPorts, startCollector } from '../chart/rendered-collector.ts'
import { type Collector, collector } from '../otelcol.ts'
import { type NotHere, orSkip } from '../not-here.ts'
import { flatPoints } from '../points.ts'
import { otelcol } from '../tools/otelcol.ts'
import { answers, type SentPoint, type SentRequest, type Told } from './outage-answers.ts'
import { hostAgent } from './otlp-agent.ts'
import { relay } from './otlp-relay.ts'

beforeAll(otelcol)

interface Row {
  readonly title: string
  /** What is answered, one after the other, before all is taken. */
  readonly told: readonly Told[]
  /** What was not taken comes again, until it is. */
  readonly isRetried: boolean
  /** How long the collector asks for, milliseconds. */
  readonly waitMs?: number
}

const OK: Told = {}
const grpcs = (...codes: readonly number[]): readonly Told[] => codes.map((grpc) => ({ grpc }))
const https = (...codes: readonly number[]): readonly Told[] => codes.map((http) => ({ http }))
/** With one that is taken between them. */
const apart = (all: readonly Told[]): readonly Told[] => all.flatMap((one) => [one, OK])
const inTwoSeconds = (): string => new Date(Date.now() + 3_000).toUTCString() // of whole seconds: at least two

const ROWS: readonly Row[] = [
  { title: 'gRPC, UNAVAILABLE three times: is tried again', told: grpcs(14, 14, 14), isRetried: true },
  {
    title: 'gRPC, CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, DATA_LOSS: is tried again',
    told: apart(grpcs(1, 4, 10, 11, 15)),
    isRetried: true,
  },
  {
    title: 'gRPC, UNAVAILABLE with RetryInfo: is tried again after that time',
    told: [{ grpc: 14, retryInfo: 2.5 }],
    isRetried: true,
    waitMs: 2_500,
  },
  {
    title: 'gRPC, RESOURCE_EXHAUSTED with RetryInfo: is tried again after that time',
    told: [
      { grpc: 8, retryInfo: 2 },
      { grpc: 8, retryInfo: 2 },
    ],
    isRetried: true,
    waitMs: 2_000,
  },
  { title: 'gRPC, RESOURCE_EXHAUSTED without RetryInfo: is final', told: grpcs(8), isRetried: false },
  { title: 'gRPC, every other status: is final', told: grpcs(2, 3, 5, 6, 7, 9, 12, 13, 16), isRetried: false },
  { title: 'gRPC, partial success: is final', told: [{ rejects: 3 }], isRetried: false },
  { title: 'HTTP, 429, 502, 503, 504: is tried again', told: apart(https(429, 502, 503, 504)), isRetried: true },
  {
    title: 'HTTP, 429 with Retry-After: is tried again after that time',
    told: [{ http: 429, retryAfter: () => '2' }],
    isRetried: true,
    waitMs: 2_000,
  },
  {
    title: 'HTTP, 503 with Retry-After, a date: is tried again after it',
    told: [{ http: 503, retryAfter: inTwoSeconds }],
    isRetried: true,
    waitMs: 2_000,
  },
  { title: 'HTTP, every other status: is final', told: https(400, 401, 403, 404, 413, 500, 501), isRetried: false },
  { title: 'HTTP, partial success: is final', told: [{ rejects: 3 }], isRetried: false },
]

const TIMES = ['--sample-interval', '250ms', '--export-interval', '1s']

/** Requests that are taken before the answers that a row is about. */
const BEFORE = 1

describe.concurrent('an answer to a request', () => {
  it.for(ROWS)('$title', { timeout: 60_000 }, async ({ title, told, isRetried, waitMs = 0 }, { expect }) => {
    await using collector = await answers((n) => told[n - BEFORE] ?? OK)
    const isGrpc = title.startsWith('gRPC')
    const endpoint = isGrpc ? collector.grpcEndpoint : collector.httpEndpoint
    const protocol = isGrpc ? 'grpc' : 'http/protobuf'
    await using agent = await hostAgent('ip-10-0-9-5', ['--endpoint', endpoint, '--protocol', protocol, ...TIMES])
    const requests = await collector.requests.when(
      (found) => found.length > BEFORE + told.length + 3 && toldOfAll(found),
      AbortSignal.timeout(40_000),
    )
    const answered = requests.flatMap((request, at) => (request.told === OK ? [] : [{ ...request, at }]))
    const gaps = answered.map(({ at, atMs }) => Math.round(requests[at + 1]!.atMs - atMs))
    const taken = keysOf(requests.filter((request) => request.told === OK))
    const points = [...keysOf(answered)]
    const comeAgain = points.filter((key) => taken.has(key)).length
    const refused = lastValue(requests, 'ena_otel.export.rejected')
    console.log(
      `${title}: ${answered.length} answers about ${points.length} points, ${comeAgain} of them came again; ${gaps.join(', ')} ms until the next request; ${refused} counted as refused`,
    )
    expect(comeAgain).toBe(isRetried ? points.length : 0)
    expect(refused).toBe(isRetried ? 0 : (told[0]!.rejects ?? points.length))
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(waitMs)
    expect(agent.lines().filter(({ level }) => level >= 40)).not.toEqual([])
  })
})

/** Its counters are older than what they travel with: two requests after the last answer, they tell of it. */
function toldOfAll(requests: readonly SentRequest[]): boolean {
  const last = requests.findLastIndex(({ told }) => told !== OK)
  return requests.length > last + 3
}

function lastValue(requests: readonly SentRequest[], metric: string): number {
  return requests.flatMap(({ points }) => points).findLast((point) => point.metric === metric)?.value ?? Number.NaN
}

function keysOf(requests: readonly SentRequest[]): ReadonlySet<string> {
  const key = ({ metric, attributes, timeMs }: SentPoint): string => `${metric} ${attributes} ${timeMs}`
  return new Set(requests.flatMap(({ points }) => points.map(key)))
}

let target: Collector | NotHere
beforeAll(async () => {
  target = await collector()
})
afterAll(async () => {
  if (target !== undefined && !('notHere' in target)) await target.stop()
})

describe('a real collector', () => {
  it.for(['grpc', 'http/protobuf'] as const)(
    'whose memory_limiter refuses is tried again until it takes what there is, over %s',
    { timeout: 60_000 },
    async (protocol, { skip, expect }) => {
      const there = orSkip(target, skip)
      const ports = await collectorPorts()
      const limited = (mebibytes: number): object =>
        configuration(ports, `http://${there.grpcEndpoint}`, {
          processors: { memory_limiter: { check_interval: '100ms', limit_mib: mebibytes, spike_limit_mib: 1 } },
        })
      const node = `ip-10-0-9-6-${protocol.slice(0, 4)}`
      const full = orSkip(await startCollector({ config: limited(2), flags: [] }, {}), skip)
      await using agent = await hostAgent(node, argsFor(ports, protocol))
      const said = await warned(agent)
      await wait(4_000) // for another attempt, and exports that wait for it
      await full.stop()
      await using _ = orSkip(await startCollector({ config: limited(2_000), flags: [] }, {}), skip)
      await delivered(expect, there, node, said)
    },
  )

  it(
    'whose queue is full is tried again until it takes what there is',
    { timeout: 60_000 },
    async ({ skip, expect }) => {
      const there = orSkip(target, skip)
      const ports = await collectorPorts()
      const { grpc: nobody } = await collectorPorts()
      await using way = await relay(nobody)
      const queue = { num_consumers: 1, queue_size: 1, block_on_overflow: false }
      const retry = { enabled: true, initial_interval: '100ms', max_interval: '1s', max_elapsed_time: '0s' }
      const config = configuration(ports, `http://127.0.0.1:${way.port}`, {
        sending_queue: queue,
        retry_on_failure: retry,
      })
      await using _ = orSkip(await startCollector({ config, flags: [] }, {}), skip)
      const node = 'ip-10-0-9-7'
      await using agent = await hostAgent(node, argsFor(ports, 'grpc'))
      const said = await warned(agent)
      way.turnTo(Number(there.grpcEndpoint.split(':')[1]))
      await delivered(expect, there, node, said)
    },
  )
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
  await agent.logged(/takes no metrics/)
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
