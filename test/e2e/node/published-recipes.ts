// Scenario 3, the published recipes: rules and queries that operators have from AWS's pages and from a runbook, unchanged, on
// the names that the agent sends with `--compat showmax,node_exporter`.
//
// Sources: github.com/aws-observability/observability-best-practices, "Monitoring CoreDNS for DNS throttling issues" (the five
// alerts; the AWS blog's post of the same name has the last of them, an older edition of the page has it without rate), and a
// runbook for CoreDNS time-outs on EKS (the five queries, on node_exporter's names). The post's summary names {{ $labels.cluster }},
// a label that its scrape configuration adds; the agent's series have k8s_cluster_name, so there the summary ends without it.
import { describe, expect, it } from 'vitest'

import type { EnaNode } from '../setup/guest-agent.ts'
import { type Pipeline, pipeline } from '../setup/pipeline.ts'

/** Alerts by the ethtool statistic that they are about. */
const ALERTS: Readonly<Record<string, string>> = {
  pps_allowance_exceeded: 'PPSAllowanceExceeded',
  bw_in_allowance_exceeded: 'BWINAllowanceExceeded',
  bw_out_allowance_exceeded: 'BWOutAllowanceExceeded',
  conntrack_allowance_exceeded: 'ConntrackAllowanceExceeded',
  linklocal_allowance_exceeded: 'LinkLocalAllowanceExceeded',
}
const STATISTICS = Object.keys(ALERTS)
const OTHERS = STATISTICS.filter((statistic) => statistic !== 'linklocal_allowance_exceeded')

/** As published, to the blank before the range. */
const expression = (statistic: string): string => `rate(node_net_ethtool{device="eth0",type="${statistic}"} [30s])`

const RULES = STATISTICS.map((statistic) => ({
  name: statistic,
  rules: [
    { record: `metric:${statistic}`, expr: `rate(node_net_ethtool{device="eth0",type="${statistic}"}[30s])` },
    {
      alert: ALERTS[statistic],
      expr: `${expression(statistic)} > 0`,
      labels: { severity: 'critical' },
      annotations: { summary: 'on instance {{ $labels.instance }}' },
    },
  ],
}))

const OLDER_EDITION = 'node_net_ethtool{device="eth0",type="linklocal_allowance_exceeded"} > 0'
const DASHBOARD = 'rate(node_net_ethtool{device="eth0",type="linklocal_allowance_exceeded"}[30s])'
const RUNBOOK = STATISTICS.map((statistic) => `rate(node_ethtool_${statistic}{device="eth0"}[5m]) > 0`)

/** The message of the published AlertManagerDefinition, which sets no subject and no group_by. */
const MESSAGE = 'alert_type: {{ .CommonLabels.alertname }}\nevent_type: {{ .CommonLabels.event_type }}    '

/** @param bootedNode gives a node with network cards eth0 and eth1, on which the rules, which ask for eth0, can fire at all */
export function publishedRecipes(bootedNode: () => EnaNode): void {
  describe('the published recipes', () => {
    it('fire on the names of other exporters, and the message arrives', async () => {
      const ena = bootedNode()
      // AMP cuts Alertmanager's own subject, which holds every label that the alerts have in common, to the 100 characters that
      // SNS takes (AMP User Guide, "SNS message validation rules"); Alertmanager doesn't, and SNS refuses the message.
      const alertmanager = { sns: { message: MESSAGE, subject: '[{{ .Status | toUpper }}:{{ .Alerts | len }}]' } }
      await using line = await pipeline({ rules: RULES, alertmanager })
      await using _ = await runAsDrawn(ena, line)
      await line.waitFor('node_net_ethtool{type="linklocal_allowance_exceeded"}', (found) => found.length === 2)

      // Drops on eth1 are dropped packets too, of which these rules know nothing: AL2023 calls the first interface ens5.
      await ena.ena('inc 0 linklocal_allowance_exceeded 40', 'inc 1 pps_allowance_exceeded 40')
      const [first] = await line.sns.receivedWhen((all) => all.length > 0, AbortSignal.timeout(60_000))
      expect(first!.message.trim()).toBe('alert_type: LinkLocalAllowanceExceeded\nevent_type:')
      expect(await firing(line)).toEqual(['LinkLocalAllowanceExceeded eth0 node-a'])

      await ena.ena(...OTHERS.map((statistic) => `inc 0 ${statistic} 40`))
      await expect.poll(() => everFired(line), { timeout: 60_000 }).toEqual(Object.values(ALERTS).toSorted(byName))
      for (const statistic of STATISTICS) {
        expect(await line.query(`max_over_time(metric:${statistic}[5m])`), statistic).toMatchObject([
          { labels: { device: 'eth0', type: statistic, instance: 'node-a', k8s_cluster_name: 'blue' } },
        ])
      }
      for (const query of [OLDER_EDITION, ...RUNBOOK]) {
        expect(await line.query(query), query).toMatchObject([{ labels: { device: 'eth0', instance: 'node-a' } }])
      }
      // The five are one group, so they have no alertname in common: the published message doesn't say what it is about.
      await line.sns.receivedWhen(
        (all) => all.some(({ message }) => message.startsWith('alert_type: \n')),
        AbortSignal.timeout(60_000),
      )
      await saysHowLongItIsTrue(line)
    }, 180_000)
  })
}

/** With the agent's own interval, which is also that of the published scrapes: 15 s. */
async function runAsDrawn(ena: EnaNode, { grpcEndpoint: endpoint }: Pipeline): ReturnType<EnaNode['run']> {
  return ena.run({ endpoint, nodeName: 'node-a', clusterName: 'blue', args: ['--compat', 'showmax,node_exporter'] })
}

async function firing({ query }: Pipeline): Promise<readonly string[]> {
  const alerts = await query('ALERTS{alertstate="firing"}')
  return alerts
    .map(({ labels }) => [labels['alertname'], labels['device'], labels['k8s_node_name']].join(' '))
    .toSorted()
}

async function everFired({ query }: Pipeline): Promise<readonly string[]> {
  const alerts = await query('count by (alertname) (last_over_time(ALERTS{alertstate="firing"}[5m]))')
  return alerts.map(({ labels }) => labels['alertname'] ?? '').toSorted(byName)
}

const byName = (a: string, b: string): number => (a < b ? -1 : 1)

/** One burst lies between two samples that are 15 s apart; both are in a window of 30 s for 15 s. */
async function saysHowLongItIsTrue({ queryRange, waitFor }: Pipeline): Promise<void> {
  await waitFor(`${DASHBOARD} > 0`, (found) => found.length === 0)
  const now = Date.now()
  const [series] = await queryRange(`${DASHBOARD} > 0`, now - 300_000, now, 1000)
  console.log(
    `published recipes: rate over [30s] of samples 15 s apart shows a burst for ${series!.samples.length} s; a group that is ` +
      `evaluated every 60 s, AMP's default, finds one in ${(60 / series!.samples.length).toFixed(1)}. It needs [1m] or more`,
  )
}
