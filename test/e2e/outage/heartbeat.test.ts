// What a heartbeat saves, and that a store can't tell the difference: two agents with the same counters, one of which sends every series
// with each export, write to one Prometheus. Their hours pass in seconds.
import { beforeAll, expect, test } from 'vitest'

import { type Pipeline, pipeline, pipelineTools } from '../setup/pipeline.ts'
import type { SeriesOfSamples } from '../setup/prometheus-api.ts'
import { type SimulatedAgent, simulatedAgent } from './hours.ts'

beforeAll(pipelineTools)

const EXPORT_SECONDS = 15
const COMPLETE = 'complete'
const HEARTBEAT = 'heartbeat'
const METRICS = {
  ena_allowance_exceeded_total: 'ena_allowance_name',
  ena_allowance_throttled_time_seconds_total: 'ena_allowance_name',
  system_network_packet_dropped_total: 'network_io_direction',
  system_network_errors_total: 'network_io_direction',
  system_network_packet_count_total: 'network_io_direction',
  system_network_io_bytes_total: 'network_io_direction',
}

/** Bursts between heartbeats, a reset of the device, and five minutes without a collector. */
async function live(agents: readonly SimulatedAgent[], store: Pipeline): Promise<void> {
  const together = async (seconds: number): Promise<void> => {
    for (const agent of agents) await agent.live(seconds)
  }
  await together(1_200)
  for (const agent of agents) agent.reset()
  await together(600)
  await store.collector.stop()
  await together(300)
  await store.collector.start()
  await together(900)
  for (const agent of agents) agent.arrive()
  await expect.poll(() => agents.map((agent) => agent.queued()), { timeout: 60_000 }).toEqual([0, 0])
}

test(
  'increases over two minutes and more are those of every series with each export',
  { timeout: 200_000 },
  async () => {
    let agents: readonly SimulatedAgent[] = []
    await using store = await pipeline({ storeNow: () => agents[0]?.now() ?? Date.now() })
    const startMs = Math.floor(Date.now() / 1000) * 1000 - 3_000_000
    const agentOf = (nodeName: string, flags: object): Promise<SimulatedAgent> =>
      simulatedAgent({
        startMs,
        nodeName,
        exportSeconds: EXPORT_SECONDS,
        flags: { endpoint: store.grpcEndpoint, queueSize: '32MiB', ...flags },
      })
    agents = [await agentOf(COMPLETE, { detail: 'full' }), await agentOf(HEARTBEAT, { detail: 'changes' })]
    await live(agents, store)
    const [from, to] = [startMs + 300_000, agents[0]!.now() - 60_000]
    const range = (promql: string): Promise<readonly SeriesOfSamples[]> => store.queryRange(promql, from, to, 1_000)
    for (const [metric, label] of Object.entries(METRICS))
      for (const window of ['2m', '5m', '15m']) {
        const both = (of: (selector: string) => string, operator: string): string =>
          [COMPLETE, HEARTBEAT]
            .map((node) => `sum by (${label}) (${of(`${metric}{k8s_node_name="${node}"}`)})`)
            .join(operator)
        const risen = both((selector) => `${selector} - ${selector} offset ${window}`, ' == ')
        const [all, same] = [await range(risen.split(' == ')[0]!), await range(risen)]
        expect([window, countOf(same)]).toEqual([window, countOf(all)])
        expect(countOf(all)).toBeGreaterThan(1_000)
        // increase() extrapolates from where samples are, but it is 0 for one where it is 0 for the other.
        const isAlert = both((selector) => `increase(${selector}[${window}]) > bool 0`, ' != ')
        expect([metric, window, await range(isAlert)]).toEqual([metric, window, []])
      }
    const samples = async (node: string): Promise<number> => {
      const all = await store.samples(`{k8s_node_name="${node}"}`, '2h')
      return all.reduce((sum, one) => sum + one.samples.length, 0)
    }
    console.log(`${await samples(HEARTBEAT)} samples instead of ${await samples(COMPLETE)}`)
    for (const agent of agents) await agent.close()
    expect(0).toBe(0)
  },
)

function countOf(series: readonly SeriesOfSamples[]): number {
  return series.reduce((sum, { samples }) => sum + samples.length, 0)
}
