// Scenario 2, drop to page: a burst of link-local drops becomes a message that says on which node, interface and limit.
import { describe, expect, it } from 'vitest'

import { type NotHere, orSkip } from '../not-here.ts'
import type { EnaNode } from './guest-agent.ts'
import { pipeline } from './pipeline.ts'

const RULES = [
  {
    name: 'allowances',
    rules: [
      {
        alert: 'LinkLocalPacketsDropped',
        expr: 'increase(ena_allowance_exceeded_total{ena_allowance_name="linklocal"}[1m]) > 0',
        labels: { severity: 'critical' },
      },
    ],
  },
]

/** The subject is our own: why, is in published-recipes.ts. */
const MESSAGE = {
  subject: '{{ .GroupLabels.alertname }}',
  message:
    '{{ range .Alerts }}{{ .Status }}: {{ .Labels.ena_allowance_name }} limit exceeded on {{ .Labels.k8s_node_name }}, ' +
    'interface {{ .Labels.network_interface_name }}, cluster {{ .Labels.k8s_cluster_name }}\n{{ end }}',
}

const DROPS = 'ena_allowance_exceeded_total{ena_allowance_name="linklocal",network_interface_name="eth1"}'

/** @param bootedNode gives a node with two network cards */
export function dropToPage(bootedNode: () => EnaNode | NotHere): void {
  describe('drop to page', () => {
    it('sends a message that names node, interface and limit', async ({ skip }) => {
      const ena = orSkip(bootedNode(), skip)
      const options = { rules: RULES, alertmanager: { sns: MESSAGE, route: { group_by: ['alertname'] } } }
      await using line = orSkip(await pipeline(options), skip)
      const { grpcEndpoint: endpoint } = line
      await using _ = await ena.run({ endpoint, nodeName: 'ip-10-0-1-23', clusterName: 'blue' }) // sampled 1 s, exported 15 s
      await line.waitFor(DROPS, (found) => found.length === 1)
      const value = (await ena.counter('linklocal_allowance_exceeded', 1)) + 500
      const dropMs = Date.now()
      await ena.ena('inc 1 linklocal_allowance_exceeded 500')
      await line.waitFor(DROPS, ([found]) => found?.value === value)
      const storedMs = Date.now()
      const [message] = await line.sns.receivedWhen((all) => all.length > 0, AbortSignal.timeout(60_000))
      expect(message).toMatchObject({
        subject: 'LinkLocalPacketsDropped',
        message: 'firing: linklocal limit exceeded on ip-10-0-1-23, interface eth1, cluster blue\n',
      })
      const seconds = (fromMs: number, toMs: number): string => `${((toMs - fromMs) / 1000).toFixed(1)} s`
      console.log(
        `drop to page: ${seconds(dropMs, message!.at)} from the drop to the message at SNS, of these ` +
          `${seconds(dropMs, storedMs)} until it was in AMP (read every second, exported every 15 s) and ` +
          `${seconds(storedMs, message!.at)} for rule and Alertmanager. In AMP a rule waits for its group's interval (30 s at ` +
          `least) and the query offset (60 s in a new workspace), and Alertmanager for group_wait (30 s by default) besides`,
      )
    }, 120_000)
  })
}
