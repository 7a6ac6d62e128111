// Scenario 2, drop to page: a burst of link-local drops becomes a message that says on which node, interface and limit, through the
// collector, the rules and the alert manager definition that the chart renders.
import { describe, expect, it } from 'vitest'

import { startImdsServer } from '../../../packages/metrics/test/resource/imds-server.ts'
import { renderedAlerting } from '../../chart/rendered-alerting.ts'
import { cardMac } from '../../kernel/set-up.ts'
import { type EnaNode, fromGuest } from '../setup/guest-agent.ts'
import { pipeline } from '../setup/pipeline.ts'

const DROPS = 'ena_allowance_exceeded_total{ena_allowance_name="linklocal",network_interface_name="eth1"}'
const NODE = 'ip-10-0-1-23'
const ENI = 'eni-0123456789abcdef1'

/** What the page says, in this order. */
const PAGE = new RegExp(
  [
    '^firing: LinkLocalAllowanceExceeded \\(warning\\) in blue$',
    '^firing since 20.* About \\d{3} packets exceeded the limit of 1024 packets a second to link-local services',
    `on eth1 \\(${ENI}\\) of node ${NODE} of cluster blue$`,
    '^https://.*/docs/runbooks/LinkLocalAllowanceExceeded\\.md$',
  ].join('[^]*'),
  'm',
)

/** @param bootedNode gives a node with two network cards */
export function dropToPage(bootedNode: () => EnaNode): void {
  describe('drop to page', () => {
    it('sends a message that names node, interface, limit and runbook', async () => {
      const ena = bootedNode()
      await using line = await pipeline(await renderedAlerting())
      await using imds = await startImdsServer({ [cardMac(1)]: ENI })
      await using _ = await ena.run({
        endpoint: line.grpcEndpoint,
        nodeName: NODE,
        clusterName: 'blue',
        env: { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: fromGuest(imds.url.origin) },
      }) // sampled 1 s, exported 15 s
      // A few samples old: of two that are a second apart `increase` makes twice the truth, as it prolongs them to both sides.
      await line.waitFor(`count_over_time(${DROPS}[5m]) > 1`, (found) => found.length === 1)
      const value = (await ena.counter('linklocal_allowance_exceeded', 1)) + 500
      const dropMs = Date.now()
      await ena.ena('inc 1 linklocal_allowance_exceeded 500')
      await line.waitFor(DROPS, ([found]) => found?.value === value)
      const storedMs = Date.now()
      const [message] = await line.sns.receivedWhen((all) => all.length > 0, AbortSignal.timeout(60_000))
      expect(message).toMatchObject({
        subject: 'firing LinkLocalAllowanceExceeded blue',
        message: expect.stringMatching(PAGE),
      })
      const seconds = (fromMs: number, toMs: number): string => `${((toMs - fromMs) / 1000).toFixed(1)} s`
      console.log(
        `drop to page: ${seconds(dropMs, message!.at)} from the drop to the message at SNS, of these ` +
          `${seconds(dropMs, storedMs)} until it was in AMP (read every second, exported every 15 s) and ` +
          `${seconds(storedMs, message!.at)} for rule and Alertmanager. In AMP a rule waits for its group's interval (30 s), ` +
          `and Alertmanager for group_wait (5 s) besides\n${message!.message}`,
      )
    }, 120_000)
  })
}
