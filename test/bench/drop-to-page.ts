// How long it takes from a drop in the kernel until a message is at SNS, with the settings of production: the agent with the chart's collector,
// rules and alert manager definition; and the published recipe, which scrapes an exporter every 15 s, batches for 60 s, and evaluates its rule
// every 60 s (AMP's default) with Alertmanager's own group_wait. Each drop is waited for on both ways.
//
// A veth has no limits of AWS. Its tx_dropped stands for the packets over the link-local limit: the same expressions, on that counter's name.
// Both ways send a message for each interface, so that a drop does not wait for the group of the one before.
// Usage: node drop-to-page.ts NODE_EXPORTER DROPS, in a network namespace with an interface nic* for each drop. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { parse } from 'yaml'

import { objectOf, objects } from '../chart/chart.ts'
import { pipeline } from '../e2e/setup/pipeline.ts'
import { output } from '../harness/command.ts'
import { agentProcess, nodeExporterProcess } from './programs.ts'
import { traffic } from './traffic.ts'

/** Milliseconds of each drop; `null`: no message within PATIENCE_MS. */
export type DropToPage = Readonly<Record<'agent' | 'published', readonly (number | null)[]>>

const PATIENCE_MS = 180_000
/** Over all phases of the intervals on the way, of which the longest is 60 s. */
const SPREAD_MS = 120_000
/** More than the threshold of the rule. */
const PACKETS = 50

const [nodeExporter = '', given = '10'] = process.argv.slice(2)
const drops = Number(given)
const nics = Array.from({ length: drops }, (_, index) => `nic${index}`)

interface Group {
  readonly name: string
  readonly rules: readonly { readonly alert?: string; readonly expr: string }[]
}

/** The group of the link-local limit as the chart renders it, on the veth's counter, and its route with the chart's default times. */
async function production(): Promise<{ readonly rules: readonly object[]; readonly alertmanager: object }> {
  const topicArn = 'arn:aws:sns:eu-west-1:111122223333:alerts'
  const all = await objects({
    clusterName: 'blue',
    amp: { region: 'eu-west-1', workspaceId: 'ws-1', otherCredentials: true },
    rules: { ack: { enabled: true } },
    alertmanager: { ack: { enabled: true }, sns: { topicArn } },
  })
  const { groups }: { readonly groups: readonly Group[] } = parse(
    objectOf(all, 'RuleGroupsNamespace')['spec'].configuration,
  )
  const { alertmanager_config } = parse(objectOf(all, 'AlertManagerDefinition')['spec'].configuration)
  const { route } = parse(alertmanager_config)
  const group = groups.find(({ name }) => name === 'ena-otel.allowance.linklocal')!
  const rules = group.rules
    .filter(({ alert }) => alert === 'LinkLocalAllowanceExceeded')
    .map((rule) => ({
      ...rule,
      expr: rule.expr.replaceAll(
        /ena_allowance_exceeded_total\{ena_allowance_name="linklocal"\}/g,
        'system_network_packet_dropped_total{network_io_direction="transmit"}',
      ),
    }))
    .filter(({ expr }) => expr.includes('system_network_packet_dropped_total'))
  const { group_wait, group_interval } = route
  return {
    rules: [{ ...group, rules }],
    alertmanager: {
      route: { group_wait, group_interval, group_by: ['alertname', 'network_interface_name'] },
      sns: MESSAGE,
    },
  }
}

const MESSAGE = { subject: 'a', message: '{{ .CommonLabels.network_interface_name }}{{ .CommonLabels.device }} ' }

/** github.com/aws-observability/observability-best-practices, "Monitoring CoreDNS for DNS throttling issues", on the veth's counter. */
const PUBLISHED = {
  rules: [
    {
      name: 'published',
      interval: '60s',
      rules: [
        {
          alert: 'LinkLocalAllowanceExceeded',
          expr: 'rate(node_network_transmit_drop_total{device=~"nic.*"} [30s]) > 0',
          labels: { severity: 'critical' },
        },
      ],
    },
  ],
  alertmanager: { route: { group_wait: '30s', group_interval: '5m', group_by: ['alertname', 'device'] }, sns: MESSAGE },
  collector: {
    receivers: {
      prometheus: {
        config: {
          scrape_configs: [
            { job_name: 'exporter', scrape_interval: '15s', static_configs: [{ targets: ['127.0.0.1:9100'] }] },
          ],
        },
      },
    },
    processors: { batch: { timeout: '60s' } },
    service: { pipelines: { metrics: { receivers: ['prometheus'], processors: ['batch'] } } },
  },
}

await using parts = new AsyncDisposableStack()
const flow = parts.use(await traffic(drops))
// A veth drops what its other end has no room for, and counts it: tx_dropped (drivers/net/veth.c, veth_xmit; is_skb_forwardable).
for (let nic = 0; nic < drops; nic++) await output(['ip', 'link', 'set', `peer${nic}`, 'mtu', '576'])
const TOO_LONG = 1000

const ours = parts.use(await pipeline(await production()))
const theirs = parts.use(await pipeline(PUBLISHED))
parts.use(await nodeExporterProcess(nodeExporter, 9100))
const agent = ['--include', 'nic*', '--node-name', 'bench', '--cluster-name', 'blue', '--health-port', 'off']
parts.use(await agentProcess(ours.grpcEndpoint, agent))
await ours.waitFor('count(system_network_packet_dropped_total{network_io_direction="transmit"})', isComplete)
await theirs.waitFor('count(node_network_transmit_drop_total{device=~"nic.*"})', isComplete, PATIENCE_MS)

function isComplete([found]: readonly { readonly value: number }[]): boolean {
  return found?.value === drops
}

const begin = Date.now()
const result: Record<keyof DropToPage, (number | null)[]> = { agent: [], published: [] }
await Promise.all(
  nics.map(async (name, nic) => {
    // Random phases, one in each equal part.
    await wait(begin + ((nic + Math.random()) / drops) * SPREAD_MS - Date.now())
    const dropMs = Date.now()
    for (let packet = 0; packet < PACKETS; packet++) await flow.send(nic, TOO_LONG)
    const paged = async ({ sns }: typeof ours): Promise<number | null> => {
      const isMine = ({ message }: { readonly message: string }): boolean => message.trim() === name
      const signal = AbortSignal.timeout(PATIENCE_MS)
      const all = await sns
        .receivedWhen((messages) => messages.some(isMine), signal)
        .catch((error: Error) => {
          if (!signal.aborted) throw error
          return []
        })
      const message = all.find(isMine)
      return message === undefined ? null : message.at - dropMs
    }
    const [a, b] = await Promise.all([paged(ours), paged(theirs)])
    result.agent.push(a)
    result.published.push(b)
  }),
)
process.stdout.write(`${JSON.stringify(result satisfies DropToPage)}\n`)
