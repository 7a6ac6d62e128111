// The incident that the agent reports: no name resolves, because the packets to the resolver are lost. The agent goes on pushing.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { coredns } from '../../tools/coredns.ts'
import { outageNode, told } from './node.ts'
import { COLLECTOR, nodeDns } from './resolver.ts'
import { pipeline, pipelineTools } from '../setup/pipeline.ts'

beforeAll(pipelineTools)
beforeAll(coredns)

describe.concurrent('without DNS', () => {
  it(
    'an agent that has resolved its collector goes on pushing, also after the connection is lost',
    { timeout: 180_000 },
    async ({ expect }) => {
      await using store = await pipeline()
      await using node = await outageNode('ip-10-0-9-8', store)
      await using dns = await nodeDns(node.command, true)
      const { resolvConf } = dns
      await node.run(store.grpcEndpoint, ['--export-interval', '1s'], { collectorName: COLLECTOR, resolvConf })
      await node.burst(1)
      await node.caughtUp()
      await node.begin()

      dns.die()
      const asked = dns.questions()
      await node.burst(3)
      await node.caughtUp()
      await store.collector.stop()
      await node.burst(5)
      await wait(3_000)
      await node.burst(7)
      await node.send('out', 20)
      await wait(3_000)
      await store.collector.start()
      const back = Date.now()
      await node.caughtUp()
      const caught = Date.now()
      await node.burst(9)
      await node.caughtUp()

      const rises = await node.rises()
      const bursts = await node.bursts()
      console.log(
        `DNS dead, collector restarted: rises ${told(rises)}; ${bursts.inTime} of ${bursts.of} bursts at their own times; ` +
          `caught up ${caught - back} ms after the collector was back; ${dns.questions() - asked} questions went unanswered`,
      )
      expect(rises.stored).toEqual(rises.kernel)
      expect(bursts.wrong).toEqual([])
      expect(dns.questions()).toBeGreaterThan(asked)
    },
  )

  it(
    'an agent with --collector-address pushes at once, without a DNS query',
    { timeout: 120_000 },
    async ({ expect }) => {
      await using store = await pipeline()
      await using node = await outageNode('ip-10-0-9-9', store)
      await using dns = await nodeDns(node.command, false)
      const args = ['--export-interval', '1s', '--collector-address', '127.0.0.1']
      const start = Date.now()
      await node.run(store.grpcEndpoint, args, { collectorName: COLLECTOR, resolvConf: dns.resolvConf })
      await node.send('out', 5)
      await node.caughtUp()
      console.log(
        `DNS dead at the start: in the store after ${Date.now() - start} ms, ${dns.questions()} questions asked`,
      )
      expect(dns.questions()).toBe(0)
    },
  )

  it(
    'an agent that can not resolve its collector keeps its points until it can',
    { timeout: 180_000 },
    async ({ expect }) => {
      await using store = await pipeline()
      await using node = await outageNode('ip-10-0-9-10', store)
      await using dns = await nodeDns(node.command, false)
      const args = ['--export-interval', '1s', '--timeout', '3s']
      const agent = await node.run(store.grpcEndpoint, args, { collectorName: COLLECTOR, resolvConf: dns.resolvConf })
      while (!agent.log().includes('export failed')) await wait(50)
      const unknown = Date.now()
      const bursts = [await node.burst(3), await wait(2_000).then(() => node.burst(4))]
      dns.live()
      await node.caughtUp(120_000)
      const samples = await store.samples(
        'system_network_packet_dropped_total{k8s_node_name="ip-10-0-9-10",network_io_direction="transmit"}',
      )
      const first = samples[0]!.samples[0]!
      console.log(
        `DNS dead at the start, no address: the first sample is ${unknown - first.timeMs} ms older than the first complaint; ` +
          `${agent.log().match(/export failed[^"]*/)?.[0]}`,
      )
      expect(first.timeMs).toBeLessThan(unknown)
      for (const { fromMs, toMs, count } of bursts) {
        const before = samples[0]!.samples.findLast(({ timeMs }) => timeMs < fromMs)!
        const after = samples[0]!.samples.find(({ timeMs }) => timeMs >= toMs)!
        expect(after.value - before.value).toBe(count)
      }
    },
  )
})
