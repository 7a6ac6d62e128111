// The collector is away for two hours, which pass in seconds: totals are exact, the last 55 minutes are there change by change, and
// what is lost of the rest is stated to the point.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { collector } from '../../harness/otelcol.ts'
import type { OtlpRequest } from '../../harness/otlp-request.ts'
import { ALLOWANCES, type CounterName, NAMES, type SimulatedAgent, simulatedAgent } from './hours.ts'
import { comparedRises, comparedSums, detail, longestGap, missingPoints, statedLosses } from './hours-store.ts'
import { bytesOf, countedWay, MAX_PER_SECOND, mostInASecond, type Request } from './counted-relay.ts'
import { relay } from '../../harness/relay.ts'
import { type Pipeline, pipeline, pipelineTools } from '../setup/pipeline.ts'
import type { SeriesOfSamples } from '../setup/prometheus-api.ts'

beforeAll(pipelineTools)

const BEFORE_SECONDS = 300
const OUTAGE_SECONDS = 7_200
/** As by default. */
const EXPORT_SECONDS = 15
const KEPT_MS = 55 * 60_000
/** Less than the queue keeps: dropped deltas are lost. */
const DELTA_SECONDS = 3_000
const NODE = 'ip-10-0-9-11'
const TIMEOUT = { timeout: 150_000 }

describe('two hours without a collector', () => {
  it('cost the detail older than 55 minutes, and nothing else', TIMEOUT, async ({ expect }) => {
    const { agent, stored, goneMs, backMs, catchUp, refused } = await livedThrough()
    const rises = comparedRises(agent, stored)
    const losses = statedLosses(stored)
    const missing = missingPoints(agent, stored)
    // An export is kept or dropped as a whole.
    const [edge, span] = [backMs - KEPT_MS, EXPORT_SECONDS * 1_000]
    const kept = detail(agent, stored, edge + span, backMs)
    const older = detail(agent, stored, goneMs, edge - span)
    console.log(
      `two hours: ${rises.told}; of ${kept.of} changes of the last 55 min ${kept.stored} are in the store at their own times, of ${older.of} older ones ${older.stored}; ` +
        `${missing} points are missing, stated: ${JSON.stringify(losses)}; ` +
        `caught up in ${catchUp.length} requests of ${bytesOf(catchUp)} bytes, at most ${mostInASecond(catchUp)} in a second`,
    )
    expect(rises.wrong).toEqual([])
    expect(kept.stored).toBe(kept.of)
    expect(older.stored).toBe(0)
    expect(missing).toBeGreaterThan(0)
    expect(losses).toEqual({ age: missing, size: 0, thinned: 0 })
    expect(refused).toEqual([])
    expect(mostInASecond(catchUp)).toBeLessThanOrEqual(MAX_PER_SECOND)
    expect(agent.lines().filter((line) => line.includes('dropped'))).toHaveLength(1)
  })

  it('with a small queue: what is old is thinned, totals are exact', TIMEOUT, async ({ expect }) => {
    const { agent, stored, backMs, refused } = await livedThrough({ flags: { queueSize: '64KiB' } })
    const rises = comparedRises(agent, stored)
    const losses = statedLosses(stored)
    const missing = missingPoints(agent, stored)
    const kept = detail(agent, stored, backMs - KEPT_MS, backMs)
    const gap = longestGap(stored, backMs - KEPT_MS, backMs)
    console.log(
      `two hours, 64 KiB: ${rises.told}; of ${kept.of} changes of the last 55 min ${kept.stored} are in the store, of rx_bytes a sample at least every ${gap / 1000} s; ` +
        `${missing} points are missing, stated: ${JSON.stringify(losses)}`,
    )
    expect(rises.wrong).toEqual([])
    expect(losses.thinned).toBeGreaterThan(0)
    expect(losses.age + losses.size + losses.thinned).toBe(missing)
    expect(refused).toEqual([])
    // All of the 55 minutes is covered, if coarsely, and the newest in detail.
    expect(losses.size).toBe(0)
    expect(gap).toBeLessThan(KEPT_MS / 5)
    expect(kept.stored).toBeGreaterThan(0)
  })

  it(
    'in which a device resets and an ENI comes and goes in dropped data: at most what they counted until then is lost',
    TIMEOUT,
    async ({ expect }) => {
      const counted = new Map<string, number>()
      const { agent, stored, refused } = await livedThrough({
        outage: async (alive) => {
          await alive.live(1_500)
          for (const name of ALLOWANCES) counted.set(`eth0 ${name}`, alive.rises(name).at(-1)?.value ?? 0)
          alive.reset()
          await alive.live(300)
          alive.attach()
          await alive.live(900)
          for (const name of NAMES) counted.set(`eth1 ${name}`, alive.rises(name, 'eth1').at(-1)?.value ?? 0)
          alive.detach()
          await alive.live(OUTAGE_SECONDS - 2_700)
        },
      })
      const maxLoss = (nic: string, name: CounterName): number => counted.get(`${nic} ${name}`) ?? 0
      const rises = comparedRises(agent, stored, ['eth0', 'eth1'], maxLoss)
      console.log(`two hours with a reset and another ENI: ${rises.told}`)
      expect(rises.wrong).toEqual([])
      expect(refused).toEqual([])
    },
  )

  it('with exports 18 minutes apart: the store finds nothing too old', TIMEOUT, async ({ expect }) => {
    const { agent, stored, refused } = await livedThrough({ exportSeconds: 1_080 })
    const rises = comparedRises(agent, stored)
    const losses = statedLosses(stored)
    const missing = missingPoints(agent, stored)
    console.log(
      `two hours, an export every 18 min: ${rises.told}; ${refused.length} remote writes refused${refused.join('')}; ` +
        `${missing} points are missing, stated: ${JSON.stringify(losses)}`,
    )
    expect(refused).toEqual([])
    expect(rises.wrong).toEqual([])
    expect(losses).toEqual({ age: missing, size: 0, thinned: 0 })
  })

  it(
    'as deltas, merged in a small queue, add up to the totals without a gap or an overlap',
    TIMEOUT,
    async ({ expect }) => {
      await using target = await collector()
      await using way = await relay(1) // nobody listens there
      const agent = await simulatedAgent({
        startMs: startMs(DELTA_SECONDS),
        nodeName: NODE,
        exportSeconds: EXPORT_SECONDS,
        flags: { endpoint: `http://127.0.0.1:${way.port}`, temporality: 'delta', queueSize: '64KiB' },
      })
      await agent.live(DELTA_SECONDS)
      agent.arrive()
      way.turnTo(Number(target.grpcEndpoint.split(':')[1]))
      await agent.close()
      const isWhole = (found: readonly OtlpRequest[]): boolean =>
        deltasOf(found).get('ena_otel.sweeps {}')?.total === agent.sweeps()
      const sums = deltasOf(await target.receivedWhen(isWhole))
      const compared = comparedSums(agent, (metric, label, value) => {
        const name = metric.replace(/_bytes_total$|_total$/, '')
        const found = [...sums].filter(
          ([key]) => toLabel(key.split(' ', 1)[0]!) === name && key.includes(`"${label}":"${value}"`),
        )
        return found.reduce((sum, [, { total }]) => sum + total, 0)
      })
      const points = [...sums.values()].reduce((sum, one) => sum + one.points, 0)
      const broken = [...sums].filter(([, { breaks }]) => breaks > 0).map(([key, { breaks }]) => `${key}: ${breaks}`)
      console.log(
        `${DELTA_SECONDS} s of deltas: ${compared.told}; ${points} points, ${broken.length} series with a gap or an overlap`,
      )
      expect(compared.wrong).toEqual([])
      expect(broken).toEqual([])
    },
  )
})

/** So that its life ends now. A whole second, as its reads are. */
function startMs(seconds: number): number {
  return Math.floor(Date.now() / 1000) * 1000 - seconds * 1000
}

interface Life {
  /** Of the agent. */
  readonly flags?: Readonly<Record<string, string>>
  readonly exportSeconds?: number
  /** Two hours of it. */
  readonly outage?: (agent: SimulatedAgent) => Promise<void>
}

interface Lived {
  readonly agent: SimulatedAgent
  /** All that is in the store in the end. */
  readonly stored: readonly SeriesOfSamples[]
  /** When the outage began, by the agent's clock, and when it ended. */
  readonly goneMs: number
  readonly backMs: number
  /** What it sent once the collector was back. */
  readonly catchUp: readonly Request[]
  /** Why the store did not take a remote write, for each. */
  readonly refused: readonly string[]
}

/** Five minutes with a collector, two hours without, and then with one until it has caught up. */
async function livedThrough({
  flags = {},
  exportSeconds = EXPORT_SECONDS,
  outage = (agent) => agent.live(OUTAGE_SECONDS),
}: Life = {}): Promise<Lived> {
  let agent: SimulatedAgent | undefined
  await using store = await pipeline({ storeNow: () => agent?.now() ?? Date.now() })
  await using way = await countedWay(store.grpcEndpoint)
  const before = Math.max(BEFORE_SECONDS, exportSeconds)
  agent = await simulatedAgent({
    startMs: startMs(before + OUTAGE_SECONDS),
    nodeName: NODE,
    exportSeconds,
    flags: { endpoint: way.endpoint, ...flags },
  })
  await agent.live(before)
  await reaches(store, agent)
  const goneMs = agent.now()
  await store.collector.stop()
  await outage(agent)
  const backMs = agent.now()
  await store.collector.start()
  const back = Date.now()
  agent.arrive()
  await reaches(store, agent)
  const catchUp = way.requests().filter(({ atMs }) => atMs >= back)
  await agent.close()
  await reaches(store, agent)
  const refused = store.amp.answers().flatMap(({ status, reason }) => (status === 200 ? [] : [`${status} ${reason}`]))
  return { agent, stored: await store.samples('{__name__=~".+"}', '3h'), goneMs, backMs, catchUp, refused }
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
    for (const { attributes = [], startTimeUnixNano = '0', timeUnixNano, asInt, asDouble } of sum?.isMonotonic
      ? sum.dataPoints
      : []) {
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
