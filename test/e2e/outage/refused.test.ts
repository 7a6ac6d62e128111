// A workspace that refuses for good, through the chart's collector: the agent says so once and counts it, no total is lost, and the alert
// fires when the workspace accepts again, also where it refused for longer than the alert looks back.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { renderedAlerting } from '../../chart/rendered-alerting.ts'
import { storedCounter } from '../continuity/increase.ts'
import { pipeline, pipelineTools } from '../setup/pipeline.ts'
import { vethNode } from '../setup/veth-node.ts'

beforeAll(pipelineTools)

const ALERT = 'EnaOtelExportsRefused'
/** Of the alert, which looks back for 15 minutes. */
const WINDOW_SECONDS = 5
const REFUSED_MS = 2 * WINDOW_SECONDS * 1_000

interface Row {
  readonly status: 400 | 403
  readonly protocol: 'grpc' | 'http/protobuf'
  /** What the collector answers the agent; it keeps the workspace's status and reason for its log. */
  readonly says: string
}

const ROWS: readonly Row[] = [
  { status: 403, protocol: 'grpc', says: 'Permanent error: remote write request failed (status 13)' },
  {
    status: 400,
    protocol: 'http/protobuf',
    says: 'Internal Server Error (status 500): Permanent error: remote write request failed',
  },
]

describe.concurrent('a workspace', () => {
  it.for(ROWS)(
    'that answers $status is named by the agent over $protocol, and $status makes the alert fire afterwards',
    { timeout: 90_000 },
    async ({ status, protocol, says }, { expect }) => {
      const node = `ip-10-0-9-${status - 380}`
      await using store = await pipeline({ rules: await shortAlert() })
      await using network = await vethNode()
      const labels = `k8s_node_name="${node}"`
      const packets = storedCounter(
        store,
        `system_network_packet_count_total{${labels},network_io_direction="transmit"}`,
      )
      const refused = storedCounter(
        store,
        `otel_sdk_exporter_metric_data_point_exported_total{${labels},error_type="rejected"}`,
      )
      const sent = async (): Promise<number> => (await network.statistics()).get('tx_packets')!
      const endpoint = protocol === 'grpc' ? store.grpcEndpoint : store.httpEndpoint
      const args = ['--protocol', protocol, '--sample-interval', '250ms', '--export-interval', '1s']
      const agent = await network.run({ endpoint, nodeName: node, clusterName: 'blue', args })
      await network.send('out', 5)
      await packets.reaches(await sent())
      const since = (await packets.samples()).at(-1)!.timeMs

      store.amp.fail(status)
      for (const count of [20, 30]) {
        await network.send('out', count)
        await wait(REFUSED_MS / 2)
      }
      await store.amp.recover()
      await network.send('out', 7)
      const stored = await packets.increaseTo(await sent(), since)
      const [alert] = await store.waitFor(
        `last_over_time(ALERTS{alertname="${ALERT}",alertstate="firing",${labels}}[10m])`, // it may have ended
        (found) => found.length > 0,
        30_000,
      )
      const values = (await refused.samples()).map(({ value }) => value)
      const lines = agent.log().split('\n')
      console.log(
        `${status} for ${REFUSED_MS / 1000} s: ${stored} of 57 packets stored, ${values.at(-1)} points counted as refused`,
      )
      expect(stored).toBe(57)
      expect(alert!.labels).toMatchObject({ severity: 'warning', k8s_cluster_name: 'blue', k8s_node_name: node })
      expect([values[0], values.at(-1)! > 0]).toEqual([0, true])
      expect(lines.filter((line) => line.includes('export failed')).map(message)).toEqual([
        `export failed: ${says}: the store refuses them; the collector's log has its status and reason; these points are dropped`,
      ])
      // An agent of a busy machine may also read less often, and recover from that.
      expect(lines.filter((line) => /127\.0\.0\.1:\S+: recovered/.test(line))).toHaveLength(1)
      expect(store.logs()).toContain(`"status_code":${status}`)
    },
  )
})

/** Without the address that it begins with. */
function message(line: string): string {
  const { msg } = JSON.parse(line) as { readonly msg: string }
  return msg.slice(msg.indexOf(': ') + 2)
}

/** The agent's alert about refused points, which looks back for a few seconds. */
async function shortAlert(): Promise<readonly object[]> {
  const { rules } = await renderedAlerting()
  const groups = JSON.parse(JSON.stringify(rules).replaceAll('[15m]', `[${WINDOW_SECONDS}s]`)) as readonly Group[]
  return groups
    .map(({ name, rules: all }) => ({ name, rules: all.filter(({ alert }) => alert === ALERT) }))
    .filter((group) => group.rules.length > 0)
}

interface Group {
  readonly name: string
  readonly rules: readonly { readonly alert?: string }[]
}
