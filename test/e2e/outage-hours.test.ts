// The collector is away for two hours, which pass in seconds: totals are exact, the last 55 minutes are there change by change, and
// what is lost of the rest is stated to the point.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { collector } from '../otelcol.ts'
import { orSkip } from '../not-here.ts'
import type { OtlpRequest } from '../otlp-request.ts'
import { exactIncrease } from './continuity-increase.ts'
import { type CounterName, EXPORT_SECONDS, type SimulatedAgent, simulatedAgent } from './outage-hours.ts'
import { bytesOf, countedWay, MOST_A_SECOND, mostInASecond, type Request } from './outage-relay.ts'
import { relay } from './otlp-relay.ts'
import { type Pipeline, pipeline, pipelineTools } from './pipeline.ts'
import type { SeriesOfSamples } from './prometheus-api.ts'

beforeAll(pipelineTools)

const BEFORE_SECONDS = 300
const OUTAGE_SECONDS = 7_200
const KEPT_MS = 55 * 60_000
/** The kernel's names and what they are called in the store. */
const SELECTORS: Readonly<Record<CounterName, string>> = {
  rx_packets: 'system_network_packet_count_total{network_io_direction="receive"}',
  rx_bytes: 'system_network_io_bytes_total{network_io_direction="receive"}',
  tx_packets: 'system_network_packet_count_total{network_io_direction="transmit"}',
  tx_bytes: 'system_network_io_bytes_total{network_io_direction="transmit"}',
  rx_dropped: 'system_network_packet_dropped_total{network_io_direction="receive"}',
  tx_dropped: 'system_network_packet_dropped_total{network_io_direction="transmit"}',
  rx_errors: 'system_network_errors_total{network_io_direction="receive"}',
  tx_errors: 'system_network_errors_total{network_io_direction="transmit"}',
  bw_in_allowance_exceeded: 'ena_allowance_exceeded_total{ena_allowance_name="bw_in"}',
  bw_out_allowance_exceeded: 'ena_allowance_exceeded_total{ena_allowance_name="bw_out"}',
  pps_allowance_exceeded: 'ena_allowance_exceeded_total{ena_allowance_name="pps"}',
  conntrack_allowance_exceeded: 'ena_allowance_exceeded_total{ena_allowance_name="conntrack"}',
  linklocal_allowance_exceeded: 'ena_allowance_exceeded_total{ena_allowance_name="linklocal"}',
}
const NAMES = Object.keys(SELECTORS) as readonly CounterName[]
/** Those whose changes are kept. */
const QUIET = NAMES.filter((name) => !/packets|bytes/.test(name))

describe('two hours without a collector', () => {
  it('cost the detail older than 55 minutes, and nothing else', { timeout: 150_000 }, async ({ skip, expect }) => {
    const { agent, store, outage, catchUp } = await livedThrough(skip, {})
    await using _ = store
    const stored = await allStored(store)
    const told = statedLosses(stored)
    const missing = missingPoints(agent, stored)
    const { inDetail, of, older } = detail(agent, stored, outage)
    console.log(
      `two hours: ${increasesTold(agent)}; of ${of} changes of the last 55 min ${inDetail} are in the store at their own times, of ${older.of} older ones ${older.inDetail}; ` +
        `${missing} points are missing, stated: age ${told.age}, size ${told.size}, thinned ${told.thinned}; ` +
        `caught up in ${catchUp.length} requests of ${bytesOf(catchUp)} bytes, at most ${mostInASecond(catchUp)} in a second`,
    )
    expect(mostInASecond(catchUp)).toBeLessThanOrEqual(MOST_A_SECOND)
    expect(await wrongIncreases(agent, store)).toEqual([])
    expect(inDetail).toBe(of)
    expect(older.inDetail).toBe(0)
    expect(told).toEqual({ age: missing, size: 0, thinned: 0 })
    expect(missing).toBeGreaterThan(0)
    expect(agent.lines().filter((line) => line.includes('dropped'))).toHaveLength(1)
    expect(store.amp.answers().filter(({ status }) => status !== 200)).toEqual([])
  })

  it(
    'with a small queue are thinned before any is dropped; totals are exact',
    { timeout: 150_000 },
    async ({ skip, expect }) => {
      const { agent, store, outage } = await livedThrough(skip, { queueSize: '64KiB' })
      await using _ = store
      const stored = await allStored(store)
      const told = statedLosses(stored)
      const missing = missingPoints(agent, stored)
      const { inDetail, of } = detail(agent, stored, outage)
      console.log(
        `two hours, 64 KiB: ${increasesTold(agent)}; of ${of} changes of the last 55 min ${inDetail} are in the store; ` +
          `${missing} points are missing, stated: age ${told.age}, size ${told.size}, thinned ${told.thinned}`,
      )
      expect(await wrongIncreases(agent, store)).toEqual([])
      expect(told.thinned).toBeGreaterThan(0)
      expect(told.age + told.size + told.thinned).toBe(missing)
    },
  )

  it('as deltas add up to the totals, without a gap or an overlap', { timeout: 150_000 }, async ({ skip, expect }) => {
    await using target = orSkip(await collector(), skip)
    await using way = await relay(1) // nobody listens there
    const agent = await simulatedAgent({
      startMs: startMs(OUTAGE_SECONDS),
      nodeName: NODE,
      flags: { endpoint: `http://127.0.0.1:${way.port}`, temporality: 'delta' },
    })
    await agent.live(OUTAGE_SECONDS)
    agent.arrive()
    way.turnTo(Number(target.grpcEndpoint.split(':')[1]))
    await agent.close() // fulfilled when all is taken
    const sums = deltasOf(target.received())
    const totals = NAMES.map((name) => [name, deltaOf(sums, SELECTORS[name])] as const)
    const points = [...sums.values()].reduce((sum, one) => sum + one.points, 0)
    const broken = [...sums].filter(([, { breaks }]) => breaks > 0).map(([key, { breaks }]) => `${key}: ${breaks}`)
    console.log(
      `two hours of deltas: ${totals.map(([name, total]) => `${name} ${total} of ${agent.increase(name)}`).join(', ')}; ${points} points, ${broken.length} series with a gap or an overlap`,
    )
    expect(Object.fromEntries(totals)).toEqual(Object.fromEntries(NAMES.map((name) => [name, agent.increase(name)])))
    expect(broken).toEqual([])
  })
})

const NODE = 'ip-10-0-9-11'

/** So that its life ends now. A whole second, as its reads are. */
function startMs(seconds: number): number {
  return Math.floor(Date.now() / 1000) * 1000 - seconds * 1000
}

interface Lived {
  readonly agent: SimulatedAgent
  /** What it sent once the collector was back. */
  readonly catchUp: readonly Request[]
  readonly store: Pipeline
  /** When the outage began, by the agent's clock, and when it ended. */
  readonly outage: { readonly fromMs: number; readonly toMs: number }
}

/** Five minutes with a collector, two hours without, and then with one until it has caught up. */
async function livedThrough(skip: (reason: string) => never, flags: Readonly<Record<string, string>>): Promise<Lived> {
  let agent: SimulatedAgent | undefined
  const store = orSkip(await pipeline({ storeNow: () => agent?.now() ?? Date.now() }), skip)
  await using way = await countedWay(store.grpcEndpoint)
  agent = await simulatedAgent({
    startMs: startMs(BEFORE_SECONDS + OUTAGE_SECONDS),
    nodeName: NODE,
    flags: { endpoint: way.endpoint, ...flags },
  })
  await agent.live(BEFORE_SECONDS)
  await reaches(store, agent)
  const fromMs = agent.now()
  await store.collector.stop()
  await agent.live(OUTAGE_SECONDS)
  const toMs = agent.now()
  await store.collector.start()
  const back = Date.now()
  agent.arrive()
  await reaches(store, agent)
  const catchUp = way.requests().filter(({ atMs }) => atMs >= back)
  await agent.close()
  await reaches(store, agent)
  return { agent, store, outage: { fromMs, toMs }, catchUp }
}

/** Waits until the store has the agent's last export. */
async function reaches(store: Pipeline, agent: SimulatedAgent): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const [found] = await store.query('ena_otel_sweeps_total', agent.now() + 1_000)
    if (found?.value === agent.sweeps()) return
    if (performance.now() > deadline)
      throw new Error(`after ${found?.value} of ${agent.sweeps()} sweeps nothing came\n${agent.lines().join('\n')}`)
    await wait(100)
  }
}

async function wrongIncreases(agent: SimulatedAgent, store: Pipeline): Promise<readonly string[]> {
  const wrong: string[] = []
  for (const name of NAMES) {
    const [series, ...others] = await store.samples(SELECTORS[name], '3h')
    const increase = exactIncrease(series?.samples ?? [])
    const first = series?.samples[0]?.value ?? Number.NaN
    // The first sample is the level that the increase counts from.
    const truth = agent.value(name) - first
    if (increase !== truth || others.length > 0) wrong.push(`${name}: ${increase} of ${truth}`)
  }
  return wrong
}

function increasesTold(agent: SimulatedAgent): string {
  return NAMES.map((name) => `${name} ${agent.increase(name)}`).join(', ')
}

async function allStored(store: Pipeline): Promise<readonly SeriesOfSamples[]> {
  return store.samples('{__name__=~".+"}', '3h')
}

/** How many points went into the outbox and are not in the store. */
function missingPoints(agent: SimulatedAgent, stored: readonly SeriesOfSamples[]): number {
  const { points, exports } = agent.handed()
  const own = stored.filter(({ labels }) => labels['__name__']!.startsWith('ena_otel_')).length
  return points + own * exports - stored.reduce((sum, { samples }) => sum + samples.length, 0)
}

interface Losses {
  readonly age: number
  readonly size: number
  readonly thinned: number
}

/** What the agent's own counters say in the end. */
function statedLosses(stored: readonly SeriesOfSamples[]): Losses {
  const last = (name: string, reason?: string): number =>
    stored.find(({ labels }) => labels['__name__'] === name && labels['ena_otel_reason'] === reason)?.samples.at(-1)
      ?.value ?? Number.NaN
  return {
    age: last('ena_otel_points_dropped_total', 'age'),
    size: last('ena_otel_points_dropped_total', 'size'),
    thinned: last('ena_otel_points_thinned_total'),
  }
}

interface Detail {
  /** Changes of quiet counters in the time that is kept: how many there were, and how many are stored with the read before. */
  readonly of: number
  readonly inDetail: number
  /** The same of those that were counted before, in the outage. */
  readonly older: { readonly of: number; readonly inDetail: number }
}

function detail(agent: SimulatedAgent, stored: readonly SeriesOfSamples[], outage: Lived['outage']): Detail {
  const kept = { of: 0, inDetail: 0 }
  const older = { of: 0, inDetail: 0 }
  // An export is kept or dropped as a whole, by its newest point.
  const edge = outage.toMs - KEPT_MS
  for (const name of QUIET) {
    const series = stored.find((one) => matches(one, SELECTORS[name]))
    const values = new Map(series?.samples.map(({ timeMs, value }) => [timeMs, value]))
    for (const { timeMs, before, value } of agent.rises(name)) {
      if (timeMs <= outage.fromMs) continue
      const isThere = values.get(timeMs) === value && values.get(timeMs - 1_000) === before
      if (timeMs > edge + EXPORT_SECONDS * 1_000) {
        kept.of++
        if (isThere) kept.inDetail++
      } else if (timeMs < edge - EXPORT_SECONDS * 1_000) {
        older.of++
        if (isThere) older.inDetail++
      }
    }
  }
  return { ...kept, older }
}

function matches({ labels }: SeriesOfSamples, selector: string): boolean {
  const [, name = '', label = '', value = ''] = /^(\w+)\{(\w+)="(\w+)"\}$/.exec(selector)!
  return labels['__name__'] === name && labels[label] === value
}

interface Sum {
  readonly total: number
  readonly points: number
  /** Where a delta doesn't begin at the end of the one before it. */
  readonly breaks: number
  readonly endNs: string
}

/** Of each series the sum of its deltas. */
function deltasOf(requests: readonly OtlpRequest[]): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>()
  const metrics = requests.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics)),
  )
  for (const { name, sum } of metrics)
    for (const { attributes = [], startTimeUnixNano = '0', timeUnixNano, asInt, asDouble } of sum?.dataPoints ?? []) {
      const labels = attributes.map(({ key, value }) => [toLabel(key), value.stringValue])
      const key = `${name} ${JSON.stringify(Object.fromEntries(labels))}`
      const known = sums.get(key) ?? { total: 0, points: 0, breaks: 0, endNs: startTimeUnixNano }
      sums.set(key, {
        total: known.total + Number(asInt ?? asDouble ?? 0),
        points: known.points + 1,
        breaks: known.breaks + (startTimeUnixNano === known.endNs ? 0 : 1),
        endNs: timeUnixNano,
      })
    }
  return sums
}

const toLabel = (key: string): string => key.replaceAll('.', '_')

/** The sum of the deltas of what is called so in the store. */
function deltaOf(sums: ReadonlyMap<string, { readonly total: number }>, selector: string): number {
  const [, name = '', label = '', value = ''] = /^(\w+)\{(\w+)="(\w+)"\}$/.exec(selector)!
  const metric = name.replace(/_bytes_total$|_total$/, '')
  const found = [...sums].filter(
    ([key]) => toLabel(key.split(' ', 1)[0]!) === metric && key.includes(`"${label}":"${value}"`),
  )
  return found.reduce((sum, [, { total }]) => sum + total, 0)
}
