// The agent and a collector that others have set up. Each way first goes wrong: the agent says so in one line, which says what is
// wrong, and goes on sampling. Then the collector is mended, and the numbers of the kernel are in Prometheus.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { afterAll, beforeAll, describe, it } from 'vitest'

import { type Certificates, writeCertificates } from '../../harness/certificates.ts'
import { physicalInterfaces, statisticsNow } from '../../harness/kernel-counters.ts'
import { otelcol } from '../../tools/otelcol.ts'
import { type HostAgent, hostAgent } from './agent.ts'
import { type Door, edgeCollector } from './edge-collector.ts'
import { relay } from '../../harness/relay.ts'
import { tokenGate, type TokenGate } from './token-gate.ts'
import { collectorDoors, type DoorName, TOKEN, WAYS } from './ways.ts'
import { type Pipeline, pipeline } from '../setup/pipeline.ts'

interface Bench {
  readonly pipeline: Pipeline
  readonly certificates: Certificates
  readonly doors: Readonly<Record<DoorName, Door>>
  readonly gate: TokenGate
}

const parts = new AsyncDisposableStack()
let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => parts.disposeAsync())

async function openBench(): Promise<Bench> {
  const program = await otelcol()
  const store = await pipeline()
  parts.use(store)
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-otlp-'))
  parts.defer(() => rmSync(folder, { recursive: true }))
  const [ours, others] = ['ours', 'others'].map((name) => {
    mkdirSync(join(folder, name))
    return writeCertificates(join(folder, name))
  }) as [Certificates, Certificates]
  const edge = parts.use(await edgeCollector(program, collectorDoors(ours, others), store.grpcEndpoint))
  const gate = parts.use(await tokenGate(TOKEN, ours.server, edge.ready.plain))
  const otherGate = parts.use(await tokenGate('another', ours.server, edge.ready.plain))
  return {
    pipeline: store,
    certificates: ours,
    doors: { ...edge.ready, gate: gate.door, otherGate: otherGate.door },
    gate,
  }
}

describe.concurrent('a collector that others have set up', () => {
  it.for(WAYS)('$title', { timeout: 90_000 }, async (way, { expect }) => {
    const { pipeline: store, certificates, doors } = bench
    const node = way.title.replaceAll(/\W+/g, '-')
    const own = { grpc: 'grpc', 'http/protobuf': 'http' } as const
    const another = { grpc: 'http', 'http/protobuf': 'grpc' } as const
    const before = kernelNow()
    await using address = await relay(doors[way.wrong][(way.isOtherProtocol ? another : own)[way.protocol]])
    const endpoint = `${way.scheme}://127.0.0.1:${address.port}`
    await using agent = await hostAgent(node, [
      '--endpoint',
      endpoint,
      '--protocol',
      way.protocol,
      ...TIMES,
      ...way.args(certificates),
    ])

    await until(() => complaints(agent).length > 0 && address.connections() >= 4, agent)
    const said = complaints(agent)
    const meanwhile = await store.query(`{k8s_node_name="${node}"}`)
    address.turnTo(doors[way.right][own[way.protocol]])
    await store.waitFor(`system_network_io_bytes_total{k8s_node_name="${node}"}`, ({ length }) => length > 0)
    // What was measured before comes first: the failures are told by the exports after them.
    await store.waitFor(`ena_otel_export_failures_total{k8s_node_name="${node}"} > 1`, ({ length }) => length > 0)

    const [sweeps] = await store.samples(`ena_otel_sweeps_total{k8s_node_name="${node}"}`)
    const [failures] = await store.samples(`ena_otel_export_failures_total{k8s_node_name="${node}"}`)
    const failed = failures!.samples.at(-1)!.value
    const swept = sweeps!.samples.at(-1)!.value
    console.log(`${way.title}: ${failed} failed exports, ${swept} sweeps meanwhile; said: ${said.join('\n')}`)
    expect(meanwhile).toEqual([])
    expect(said).toEqual([expect.stringMatching(way.says)])
    expect(failed).toBeGreaterThan(1)
    expect(swept).toBeGreaterThan(failed)
    expect(await notAsTheKernelSays(store, node, before)).toEqual([])
  })
})

it('gets them by gzip, as is the default', ({ expect }) => {
  expect([...bench.gate.encodings()]).toEqual(['gzip'])
})

const TIMES = ['--sample-interval', '250ms', '--export-interval', '1s']

/** What it has said of the collector, as a person reads it. */
function complaints(agent: HostAgent): readonly string[] {
  return agent
    .lines()
    .filter(({ level, msg }) => level >= 40 && msg.includes('export failed'))
    .map(({ msg }) => msg)
}

async function until(isSo: () => boolean, agent: HostAgent): Promise<void> {
  for (const deadline = performance.now() + 30_000; !isSo(); await wait(50))
    if (performance.now() > deadline)
      throw new Error(
        `the agent doesn't fail:\n${agent
          .lines()
          .map(({ msg }) => msg)
          .join('\n')}`,
      )
}

function kernelNow(): ReadonlyMap<string, bigint> {
  return new Map(physicalInterfaces().map((name) => [name, received(name)]))
}

function received(name: string): bigint {
  const bytes = [...statisticsNow(name)].find(
    ([series]) => series.startsWith('system.network.io ') && series.includes('"receive"'),
  )
  return bytes?.[1] ?? 0n
}

/** The interfaces whose received bytes in the store are not between those of before and those of now. */
async function notAsTheKernelSays(
  store: Pipeline,
  node: string,
  before: ReadonlyMap<string, bigint>,
): Promise<readonly string[]> {
  const series = await store.samples(
    `system_network_io_bytes_total{k8s_node_name="${node}",network_io_direction="receive"}`,
  )
  const stored = new Map(
    series.map(({ labels, samples }) => [labels['network_interface_name'], BigInt(samples.at(-1)!.value)]),
  )
  return [...before].flatMap(([name, least]) => {
    const value = stored.get(name)
    return value !== undefined && value >= least && value <= received(name)
      ? []
      : [`${name}: ${value}, at least ${least}`]
  })
}
