// Packets that the kernel of a cluster's node drops, and what the workspace has of them.
import { setTimeout } from 'node:timers/promises'

import { exactIncrease, storedCounter } from '../e2e/continuity/increase.ts'
import { type Burst, storedBursts, toleranceMs } from '../e2e/outage/bursts.ts'
import { output } from '../harness/command.ts'
import type { Bench } from './installation.ts'

/** The node's NIC gets a neighbour who takes no packet of more than 576 bytes: each larger one is one more in tx_dropped. */
const NARROW = [
  'link set nic0-peer mtu 576',
  'address add 192.0.2.1/24 dev nic0',
  'neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev nic0',
]

const SEND_LARGE = `
const socket = require('node:dgram').createSocket('udp4')
const send = (left) => left === 0 ? socket.close() : socket.send(Buffer.alloc(1000), 9, '192.0.2.2', () => send(left - 1))
send(Number(process.argv[1]))`

/** Prepares the NIC, once in a cluster. */
export async function narrowNic({ cluster }: Pick<Bench, 'cluster'>): Promise<void> {
  for (const line of NARROW) await output(cluster.command(['ip', ...line.split(' ')]))
}

/** What the kernel of the node has counted. */
async function droppedByKernel({ cluster }: Pick<Bench, 'cluster'>): Promise<number> {
  return Number((await cluster.exec(['cat', '/sys/class/net/nic0/statistics/tx_dropped'])).stdout)
}

export interface Comparison {
  /** By how much the kernel's counter rose. */
  readonly kernel: number
  /** By how much the stored one did, by all its rises. */
  readonly stored: number
  /** How many bursts are in the store at their own times, and how many there were. */
  readonly inTime: number
  readonly bursts: number
  /** Bursts that are not, in words. */
  readonly wrong: readonly string[]
}

/** Lets the kernel drop 1 to 7 packets every two seconds while `event` happens, and once more after it. The workspace then has the kernel's total. */
export async function underBursts(
  here: Bench,
  clusterName: string,
  event: () => Promise<unknown>,
): Promise<Comparison> {
  const selector = `system_network_packet_dropped_total{k8s_cluster_name="${clusterName}",network_io_direction="transmit"}`
  const counter = storedCounter(here.workspace, selector)
  const before = await droppedByKernel(here)
  await counter.reaches(before)
  const sinceMs = (await counter.samples()).at(-1)!.timeMs

  const bursts: Burst[] = []
  const burst = async (): Promise<void> => {
    const count = (bursts.length % 7) + 1
    const fromMs = Date.now()
    await output(here.cluster.command([process.execPath, '-e', SEND_LARGE, String(count)]))
    bursts.push({ count, fromMs, toMs: Date.now() })
  }
  const over = new AbortController()
  const bursting = (async () => {
    while (!over.signal.aborted) {
      await burst()
      await setTimeout(BURST_EVERY_MS)
    }
    await burst()
  })()
  try {
    await event()
  } finally {
    over.abort()
    await bursting
  }
  const after = await droppedByKernel(here)
  await counter.reaches(after)
  const samples = await counter.samples()
  const known = storedBursts(samples, bursts, await toleranceMs(here.workspace, `k8s_cluster_name="${clusterName}"`))
  const from = samples.findLastIndex(({ timeMs }) => timeMs <= sinceMs)
  return {
    kernel: after - before,
    stored: exactIncrease(samples.slice(from)),
    inTime: known.inTime,
    bursts: bursts.length,
    wrong: known.wrong,
  }
}

/** The agent reads every second: between two bursts there is a read, and none has a part of both. */
const BURST_EVERY_MS = 2_000
