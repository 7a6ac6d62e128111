// The incident that the agent reports: no name can be resolved, because the packets to the resolver are lost. The push goes on.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { orSkip } from '../not-here.ts'
import { coredns } from '../tools/coredns.ts'
import { outageNode, told } from './outage-node.ts'
import { COLLECTOR, nodeDns } from './outage-resolver.ts'
import { pipeline, pipelineTools } from './pipeline.ts'

beforeAll(pipelineTools)
beforeAll(coredns)

describe.concurrent('with a DNS that is dead', () => {
  it(
    'an agent that knew its collector by name pushes on, also after the connection is lost',
    { timeout: 180_000 },
    async ({ skip, expect }) => {
      await using store = orSkip(await pipeline(), skip)
      await using node = orSkip(await outageNode('ip-10-0-9-8', store), skip)
      await using dns = orSkip(await nodeDns(node.command, true), skip)
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
    'an agent that starts with --collector-address pushes at once, and asks nobody',
    { timeout: 120_000 },
    async ({ skip, expect }) => {
      await using store = orSkip(await pipeline(), skip)
      await using node = orSkip(await outageNode('ip-10-0-9-9', store), skip)
      await using dns = orSkip(await nodeDns(node.command, false), skip)
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
    'an agent that starts with a name alone keeps what it reads until the name is known',
    { timeout: 180_000 },
    async ({ skip, expect }) => {
      await using store = orSkip(await pipeline(), skip)
      await using node = orSkip(await outageNode('ip-10-0-9-10', store), skip)
      await using dns = orSkip(await nodeDns(node.command, false), skip)
      const args = ['--export-interval', '1s', '--timeout', '3s']
      const agent = await node.run(store.grpcEndpoint, args, { collectorName: COLLECTOR, resolvConf: dns.resolvConf })
      while (!agent.log().includes('takes no metrics')) await wait(50)
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
          `${agent.log().match(/takes no metrics[^"]*/)?.[0]}`,
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
