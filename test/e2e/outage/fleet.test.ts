// Many agents whose one collector was away: they reconnect spread over time, and the collector keeps up.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, it } from 'vitest'

import { fleet } from './fleet.ts'
import { bytesOf, countedWay, MAX_PER_SECOND, mostInASecond, type Request } from './counted-relay.ts'
import { pipeline, pipelineTools } from '../setup/pipeline.ts'

beforeAll(pipelineTools)

const AGENTS = 500
/** Long enough for the agents to have come to their longest wait, of up to 30 s. */
const OUTAGE_MS = 45_000
const EXPORT_MS = 5_000

it(
  `${AGENTS} agents reconnect spread over time, and deliver all that they kept`,
  { timeout: 240_000 },
  async ({ expect }) => {
    await using store = await pipeline()
    await using way = await countedWay(store.grpcEndpoint)
    await using agents = await fleet(AGENTS, way.endpoint)
    const total = `sum(ena_allowance_exceeded_total)`
    agents.exportAll()
    await store.waitFor(total, ([sum]) => sum?.value === AGENTS)

    await store.collector.stop()
    const gone = Date.now()
    let exports = 1
    for (; Date.now() < gone + OUTAGE_MS; exports++) {
      await wait(EXPORT_MS)
      agents.exportAll()
    }
    const attempts = way.requests().filter(({ atMs }) => atMs > gone)
    await store.collector.start()
    const back = Date.now()
    await wait(1_000) // until what was tried before has failed
    const failed = agents.failures().requests
    await store.waitFor(`count(ena_allowance_exceeded_total == ${exports})`, ([all]) => all?.value === AGENTS, 120_000)
    const caught = Date.now()

    const catchUp = way.requests().filter(({ atMs }) => atMs >= back)
    const stored = await store.samples('ena_allowance_exceeded_total')
    const samples = stored.reduce((sum, one) => sum + one.samples.length, 0)
    const { requests, points } = agents.failures()
    console.log(
      `${AGENTS} agents, away for ${OUTAGE_MS / 1000} s: ${attempts.length} attempts meanwhile, at most ${mostInASecond(attempts)} in a second; ` +
        `then ${catchUp.length} requests of ${bytesOf(catchUp)} bytes within ${caught - back} ms, at most ${mostInASecond(catchUp)} in a second, ` +
        `at most ${mostOfOne(catchUp)} in a second of one agent; ${requests - failed} failed, ${points} points refused; ${samples} of ${AGENTS * exports} samples in the store`,
    )
    expect(samples).toBe(AGENTS * exports)
    expect(points).toBe(0)
    expect(agents.dropped()).toBe(0)
    expect(requests - failed).toBe(0)
    expect(mostOfOne(catchUp)).toBeLessThanOrEqual(MAX_PER_SECOND)
    expect(mostInASecond(catchUp)).toBeLessThan(AGENTS / 5)
    expect(store.amp.answers().filter(({ status }) => status !== 200)).toEqual([])
  },
)

it('an agent with 1,500 counters catches up while it goes on exporting', { timeout: 120_000 }, async ({ expect }) => {
  const COUNTERS = 1_500
  await using store = await pipeline()
  await using way = await countedWay(store.grpcEndpoint)
  await using agent = await fleet(1, way.endpoint, { counters: COUNTERS })
  agent.exportAll()
  await store.waitFor('count(ena_allowance_exceeded_total)', ([all]) => all?.value === COUNTERS)
  await store.collector.stop()
  let exports = 1
  const every = setInterval(() => {
    agent.exportAll()
    exports++
  }, 1_000)
  try {
    await wait(10_000)
    await store.collector.start()
    const back = Date.now()
    const age = 'time() - max(timestamp(ena_allowance_exceeded_total))'
    await store.waitFor(age, ([seconds]) => (seconds?.value ?? Infinity) < 3, 60_000)
    const caught = Date.now()
    const catchUp = way.requests().filter(({ atMs }) => atMs >= back && atMs <= caught)
    console.log(
      `${COUNTERS} counters, an export each second, away for 10 s: caught up after ${caught - back} ms and ${catchUp.length} requests of ${bytesOf(catchUp)} bytes, at most ${mostInASecond(catchUp)} in a second; ${exports} exports`,
    )
    expect(mostInASecond(catchUp)).toBeLessThanOrEqual(MAX_PER_SECOND)
  } finally {
    clearInterval(every)
  }
})

/** By connection, of which each agent has one. */
function mostOfOne(requests: readonly Request[]): number {
  const byConnection = Map.groupBy(requests, ({ connection }) => connection)
  return Math.max(0, ...[...byConnection.values()].map(mostInASecond))
}
