// Throttling that lasts, from the agent's OTLP to the page, through what the chart renders and nothing of ours beside it: the collector's
// configuration, the rules, the alert manager definition. It needs no guest; e2e/node/drop-to-page.ts begins at the driver's counter.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, expect, test } from 'vitest'

import { pipeline, pipelineTools } from '../e2e/setup/pipeline.ts'
import { renderedAlerting } from './rendered-alerting.ts'

beforeAll(pipelineTools) // the first time, that takes longer than a test may

const MINUTE_MS = 60_000

test(
  'a minute over a limit pages as critical, and the warning of the same name does not',
  {
    timeout: 90_000,
  },
  async () => {
    await using line = await pipeline(await renderedAlerting())
    const now = Date.now()
    expect(await send(line.httpEndpoint, [now - MINUTE_MS, now])).toBe(200)
    const [page] = await line.sns
      .receivedWhen((messages) => messages.length > 0, AbortSignal.timeout(60_000))
      .catch((error: Error) => {
        throw new Error(`${error.message}\n${line.logs()}`)
      })
    expect(page?.subject).toBe('firing LinkLocalAllowanceExceeded blue')
    expect(page?.message).toMatch(/^firing: LinkLocalAllowanceExceeded \(critical\) in blue$/m)
    for (const part of ['ip-10-0-0-1', 'eni-0123456789abcdef0', '/docs/runbooks/LinkLocalAllowanceExceeded.md'])
      expect(page?.message).toContain(part)
    await wait(2000) // longer than the other group waits
    const firing = await line.query('count by (severity) (ALERTS{alertstate="firing"})')
    expect(new Set(firing.map(({ labels }) => labels['severity']))).toEqual(new Set(['critical', 'warning']))
    expect(line.messages().filter(({ message }) => message.includes('(warning)'))).toEqual([])
    process.stdout.write(`${page?.subject}\n${page?.message}\n`)
  },
)

/** What the agent sends of an ENI that is over the link-local limit from the first of two times to the second, as OTLP in JSON. */
async function send(endpoint: string, times: readonly [fromMs: number, toMs: number]): Promise<number> {
  const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } })
  const attributes = [
    text('network.interface.name', 'ens5'),
    text('ena.eni.id', 'eni-0123456789abcdef0'),
    text('ena.allowance.name', 'linklocal'),
  ]
  const counter = (name: string, unit: string, total: number): object => ({
    name,
    unit,
    sum: {
      dataPoints: times.map((timeMs, i) => ({
        attributes,
        startTimeUnixNano: `${times[0] - 3_600_000}000000`,
        timeUnixNano: `${timeMs}000000`,
        asInt: String(i * total),
      })),
      aggregationTemporality: 2,
      isMonotonic: true,
    },
  })
  const metrics = [
    counter('ena.allowance.exceeded', '{packet}', 31_200),
    counter('ena.allowance.throttled.time', 's', 60),
  ]
  const resource = {
    attributes: [
      text('service.name', 'ena-otel'),
      text('service.instance.id', 'ip-10-0-0-1'),
      text('k8s.node.name', 'ip-10-0-0-1'),
      text('k8s.cluster.name', 'blue'),
    ],
  }
  const { status } = await fetch(`${endpoint}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'test' }, metrics }] }] }),
  })
  return status
}
