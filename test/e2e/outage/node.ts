// A node whose drops are all known, and its counters in a store: the outage scenarios compare both.
import { setTimeout as wait } from 'node:timers/promises'

import { type StoredCounter, storedCounter } from '../continuity/increase.ts'
import { type Burst, type StoredBursts, storedBursts, toleranceMs } from './bursts.ts'
import type { PrometheusApi, Sample } from '../setup/prometheus-api.ts'
import { type VethAgent, type VethAgentOptions, type VethNode, vethNode } from '../setup/veth-node.ts'

/** The kernel's files that are followed: a counter that is usually quiet, and busy ones. */
const FOLLOWED = {
  tx_dropped: ['system_network_packet_dropped_total', 'transmit'],
  tx_packets: ['system_network_packet_count_total', 'transmit'],
  tx_bytes: ['system_network_io_bytes_total', 'transmit'],
  rx_packets: ['system_network_packet_count_total', 'receive'],
} as const
type Key = keyof typeof FOLLOWED
const KEYS = Object.keys(FOLLOWED) as readonly Key[]

export interface OutageNode extends AsyncDisposable {
  /** The agent, with its own defaults but for these arguments. */
  readonly run: (
    endpoint: string,
    args?: readonly string[],
    dns?: Pick<VethAgentOptions, 'collectorName' | 'resolvConf'>,
  ) => Promise<VethAgent>
  readonly command: VethNode['command']
  readonly statistics: VethNode['statistics']
  readonly send: VethNode['send']
  readonly drop: VethNode['drop']
  /** So many drops at once, of which the time is remembered. Resolves when the agent has read them. */
  readonly burst: (count: number) => Promise<Burst>
  /** Waits until the store has what the kernel says. */
  readonly caughtUp: (patienceMs?: number) => Promise<void>
  /** What happens from now on counts for `rises` and `bursts`. The store has caught up. */
  readonly begin: () => Promise<void>
  /** By how much each followed counter rose since `begin`: as the store has it, and as the kernel says. The store has caught up. */
  readonly rises: () => Promise<{ readonly stored: Rises; readonly kernel: Rises }>
  /** The bursts since `begin`, as the store has them. */
  readonly bursts: () => Promise<StoredBursts & { readonly of: number }>
}

export type Rises = Readonly<Record<Key, number>>

/** The agent reads every second. What follows at once would be the same rise to it. */
const READ_MS = 1_100

/** @param name the agent's node name, another one for each agent of a store */
export async function outageNode(name: string, store: PrometheusApi): Promise<OutageNode> {
  const node = await vethNode()
  const counters = new Map<Key, StoredCounter>(
    KEYS.map((key) => {
      const [metric, direction] = FOLLOWED[key]
      const labels = `k8s_node_name="${name}",network_interface_name="eth0",network_io_direction="${direction}"`
      return [key, storedCounter(store, `${metric}{${labels}}`)]
    }),
  )
  const since = new Map<Key, Sample>()
  const bursts: Burst[] = []
  return {
    run: (endpoint, args = [], dns = {}) => node.run({ endpoint, nodeName: name, args, ...dns }),
    command: node.command,
    statistics: node.statistics,
    send: node.send,
    drop: node.drop,
    burst: async (count) => {
      const fromMs = Date.now()
      await node.drop(count)
      const made = { count, fromMs, toMs: Date.now() }
      bursts.push(made)
      await wait(READ_MS)
      return made
    },
    caughtUp: async (patienceMs) => {
      const statistics = await node.statistics()
      for (const [key, counter] of counters) await counter.reaches(statistics.get(key)!, patienceMs)
    },
    begin: async () => {
      bursts.length = 0
      for (const [key, counter] of counters) since.set(key, (await counter.samples()).at(-1)!)
    },
    rises: async () => {
      const statistics = await node.statistics()
      const stored: Partial<Record<Key, number>> = {}
      const kernel: Partial<Record<Key, number>> = {}
      for (const [key, counter] of counters) {
        const { timeMs, value } = since.get(key)!
        stored[key] = await counter.increaseTo(statistics.get(key)!, timeMs)
        kernel[key] = statistics.get(key)! - value
      }
      return { stored: stored as Rises, kernel: kernel as Rises }
    },
    bursts: async () => ({
      ...storedBursts(
        await counters.get('tx_dropped')!.samples(),
        bursts,
        await toleranceMs(store, `k8s_node_name="${name}"`),
      ),
      of: bursts.length,
    }),
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}

/** `tx_dropped 7 of 7, …` */
export function told({ stored, kernel }: { readonly stored: Rises; readonly kernel: Rises }): string {
  return KEYS.map((key) => `${key} ${stored[key]} of ${kernel[key]}`).join(', ')
}
