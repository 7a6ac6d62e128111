// The collector is away, the kernel goes on counting: afterwards the store has every burst at the second in which it happened, and
// totals that are the kernel's. ENA_OTEL_OUTAGE_MINUTES says for how long it is away.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { outageNode, told } from './node.ts'
import { bytesOf, countedWay, MAX_PER_SECOND, mostInASecond } from './counted-relay.ts'
import { pipeline, pipelineTools } from '../setup/pipeline.ts'

beforeAll(pipelineTools)

const MINUTES = Number(process.env['ENA_OTEL_OUTAGE_MINUTES'] ?? 1)
const OUTAGE_MS = MINUTES * 60_000
/** Besides the outage: two exports of 15 s before it; the wait for the next attempt and two exports after it. */
const PATIENCE_MS = 120_000

describe.concurrent('a collector that is away', () => {
  it(
    `for ${MINUTES} min, with bursts meanwhile: each is in the store at its own second, all totals are exact`,
    { timeout: OUTAGE_MS + 2 * PATIENCE_MS },
    async ({ expect }) => {
      await using store = await pipeline()
      await using way = await countedWay(store.grpcEndpoint)
      await using node = await outageNode('ip-10-0-9-1', store)
      const agent = await node.run(way.endpoint)
      await node.burst(1)
      await node.caughtUp()
      await node.begin()

      await store.collector.stop()
      const connections = way.connections()
      const gone = Date.now()
      const step = Math.max(3_000, OUTAGE_MS / 12)
      for (let at = step, n = 0; at <= OUTAGE_MS - step; at += step, n++) {
        await wait(gone + at - Date.now())
        await node.burst(1 + (n % 5) * 10)
        await node.send('in', 20)
        await node.send('out', 30)
      }
      await wait(gone + OUTAGE_MS - Date.now())
      const attempts = way.connections() - connections
      await store.collector.start()
      const back = Date.now()
      await node.caughtUp(PATIENCE_MS)
      const catchUp = way.requests().filter(({ atMs }) => atMs >= back)
      const caught = Date.now()
      await node.burst(2)
      await node.caughtUp()

      const rises = await node.rises()
      const bursts = await node.bursts()
      const kept = (await store.samples('{__name__=~".+"}')).reduce((sum, { samples }) => sum + samples.length, 0)
      const written = store.amp.answers().reduce((sum, { samples }) => sum + samples, 0)
      console.log(
        `away for ${OUTAGE_MS / 1000} s: ${bursts.inTime} of ${bursts.of} bursts at their own times, read at most ${bursts.latestMs} ms after; ` +
          `rises ${told(rises)}; ${attempts} attempts meanwhile; ` +
          `caught up ${caught - back} ms after the collector was back, the first request ${(catchUp[0]?.atMs ?? caught) - back} ms after, ` +
          `${catchUp.length} requests of ${bytesOf(catchUp)} bytes, at most ${mostInASecond(catchUp)} in a second; ` +
          `${written} samples written, ${kept} in the store`,
      )
      expect(bursts.wrong).toEqual([])
      expect(rises.stored).toEqual(rises.kernel)
      expect(mostInASecond(catchUp)).toBeLessThanOrEqual(MAX_PER_SECOND)
      expect(written).toBe(kept) // what is written twice is stored once
      expect(store.amp.answers().filter(({ status }) => status !== 200)).toEqual([])
      expect(agent.log().match(/export failed/g)).toHaveLength(1)
    },
  )

  it(
    'behind a network that drops every packet: new connections are tried, nothing is lost',
    { timeout: 180_000 },
    async ({ expect }) => {
      await using store = await pipeline()
      await using way = await countedWay(store.grpcEndpoint)
      await using node = await outageNode('ip-10-0-9-12', store)
      await node.run(way.endpoint, ['--export-interval', '1s', '--timeout', '3s'])
      await node.burst(1)
      await node.caughtUp()
      await node.begin()

      way.lose(true)
      const connections = way.connections()
      for (const count of [2, 3, 4, 5, 6]) {
        await node.burst(count)
        await wait(4_000)
      }
      const tried = way.connections() - connections
      way.lose(false)
      const back = Date.now()
      await node.caughtUp()
      const caught = Date.now()

      const rises = await node.rises()
      const bursts = await node.bursts()
      console.log(
        `20 s without a word: rises ${told(rises)}; ${bursts.inTime} of ${bursts.of} bursts at their own times; ${tried} new connections meanwhile, caught up ${caught - back} ms after`,
      )
      expect(rises.stored).toEqual(rises.kernel)
      expect(bursts.wrong).toEqual([])
      expect(tried).toBeGreaterThan(1)
    },
  )

  it(
    'while the agent is killed: totals are exact, detail that was not delivered is lost',
    { timeout: 180_000 },
    async ({ expect }) => {
      await using store = await pipeline()
      await using node = await outageNode('ip-10-0-9-2', store)
      const first = await node.run(store.grpcEndpoint)
      await node.burst(1)
      await node.caughtUp()
      await node.begin()

      await store.collector.stop()
      for (const count of [7, 11]) {
        await node.burst(count)
        await wait(3_000)
      }
      await first.kill()
      await node.drop(13)
      await node.send('out', 17)
      await store.collector.start()
      await node.run(store.grpcEndpoint)
      await node.caughtUp()
      await node.burst(19)
      await node.caughtUp()

      const rises = await node.rises()
      const bursts = await node.bursts()
      console.log(
        `killed during an outage: rises ${told(rises)}; ${bursts.inTime} of ${bursts.of} bursts at their own times, those before were not delivered`,
      )
      expect(rises.stored).toEqual(rises.kernel)
      expect(bursts.inTime).toBe(1)
    },
  )
})

describe.concurrent('an agent that is killed', () => {
  it(
    'between two exports keeps totals exact, and loses only the detail that was not exported',
    { timeout: 120_000 },
    async ({ expect }) => {
      await using store = await pipeline()
      await using node = await outageNode('ip-10-0-9-3', store)
      const first = await node.run(store.grpcEndpoint)
      await node.burst(3)
      await node.caughtUp()
      await node.begin()
      await node.burst(5)
      await node.caughtUp()
      await node.send('out', 23) // busy: waits for the next export
      await first.kill()
      await node.drop(9) // nobody reads: its second can't be known
      await node.run(store.grpcEndpoint)
      await node.caughtUp()
      await node.burst(4)
      await node.caughtUp()

      const rises = await node.rises()
      const bursts = await node.bursts()
      console.log(
        `killed between two exports: rises ${told(rises)}; ${bursts.inTime} of ${bursts.of} bursts at their own times`,
      )
      expect(rises.stored).toEqual(rises.kernel)
      expect(bursts.wrong).toEqual([])
    },
  )
})
