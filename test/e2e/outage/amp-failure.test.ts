// What Amazon Managed Prometheus fails to take, through a collector as ADOT's users have it: the packets of a node are counted
// rightly afterwards in every case, and no more exports are missing from the store in between than the collector's own log
// states.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { type Amp, amp } from '../../amp/amp.ts'
import { type Gateway, gateway } from '../../amp/gateway.ts'
import { AMP_FAILURES } from './amp-failure.ts'
import { type StoredCounter, storedCounter } from '../continuity/increase.ts'
import { pipelineTools } from '../setup/pipeline.ts'
import { vethNode } from '../setup/veth-node.ts'

beforeAll(pipelineTools)

const NODE = 'ip-10-0-7-1'

describe.concurrent('a node whose store', () => {
  it.for(AMP_FAILURES)('$title', { timeout: 90_000 }, async (failure, { expect }) => {
    await using workspace = await amp()
    await using collector = await gateway(workspace, failure.collector)
    await using node = await vethNode()
    const packets = storedCounter(
      workspace,
      `system_network_packet_count_total{k8s_node_name="${NODE}",network_io_direction="transmit"}`,
    )
    const exports = storedCounter(workspace, `ena_otel_exports_total{k8s_node_name="${NODE}"}`)
    const sent = async (): Promise<number> => (await node.statistics()).get('tx_packets')!

    const endpoint = `http://${collector.grpcEndpoint}`
    await node.run({ endpoint, nodeName: NODE, args: ['--sample-interval', '250ms', '--export-interval', '1s'] })
    await node.send('out', 5)
    await packets.reaches(await sent())
    const since = (await packets.samples()).at(-1)!.timeMs

    await failure.begin(workspace)
    await node.send('out', 20)
    await wait(failure.lastsMs / 2)
    await node.send('out', 30)
    await wait(failure.lastsMs / 2)
    await workspace.recover()
    await node.send('out', 7)
    const stored = await packets.increaseTo(await sent(), since)

    // What is tried again may come after what followed it, and the collector's log a little after that. A request that the
    // collector gave up may have been stored all the same, so fewer may be missing than it states; never more.
    await expect
      .poll(async () => (await gaps(exports)).missing - dropped(collector), { timeout: 30_000 })
      .toBeLessThanOrEqual(0)
    const { missing, of } = await gaps(exports)
    console.log(
      `${failure.title}: ${of} exports, ${missing} of them lost, ${dropped(collector)} stated by the collector; ${faults(workspace)} requests failed; packets stored ${stored} of 57`,
    )
    const { isLossy } = failure
    expect({ stored, isLossy: missing > 0, isStated: dropped(collector) > 0 }).toEqual({
      stored: 57,
      isLossy,
      isStated: isLossy,
    })
  })
})

/** Each export of the agent carries how many the collector took before it: a number that the store lacks is an export lost. */
async function gaps(exports: StoredCounter): Promise<{ readonly missing: number; readonly of: number }> {
  // The 0 comes with the first other value, and is lost with it.
  const values = new Set([0, ...(await exports.samples()).map(({ value }) => value)])
  const of = Math.max(...values) + 1
  return { missing: of - values.size, of }
}

/** Requests that the exporter gave up, by its log: without a batch processor each is one export. */
function dropped(collector: Gateway): number {
  return collector.log().split('Exporting failed. Dropping data').length - 1
}

function faults(workspace: Amp): number {
  return workspace.answers().filter(({ status }) => status !== 200).length
}
