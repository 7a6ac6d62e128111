// The collector's own metrics on their way to the workspace: what the rules about refused and dropped points rely on.
import { beforeAll, expect, test } from 'vitest'

import { amp } from '../amp/amp.ts'
import { helm } from '../tools/helm.ts'
import { otelcol } from '../tools/otelcol.ts'
import { prometheus } from '../tools/prometheus.ts'
import { ampOf, collectorPorts, renderedCollector, startCollector } from './rendered-collector.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(otelcol)
beforeAll(prometheus)

test.for([
  ['without a buffer are refused, and its sender is told', false],
  ['in a buffer are dropped, and nobody is told', true],
] as const)('points that the workspace does not take %s', { timeout: 60_000 }, async ([, buffer]) => {
  await using workspace = await amp()
  const ports = await collectorPorts()
  const ownMetrics = { enabled: true, interval: '1s' }
  const collector = { ports, buffer, batch: { timeout: '200ms' }, ownMetrics }
  const rendered = await renderedCollector({ clusterName: 'blue', amp: ampOf(workspace), collector })
  await using _ = await startCollector(rendered, { ...workspace.env, HOSTNAME: 'collector-0' })
  const found = async (name: string): Promise<readonly number[]> =>
    (await workspace.query(`otelcol_${name}_metric_points_total{k8s_cluster_name="blue"}`)).map(({ value }) => value)
  const patience = { timeout: 20_000, interval: 500 }
  await expect.poll(() => found('receiver_accepted'), patience).not.toEqual([])
  workspace.fail(400)
  expect(await send(ports.http)).toBe(buffer ? 200 : 500)
  await expect.poll(() => workspace.answers().some(({ status }) => status === 400), patience).toBe(true)
  await workspace.recover()
  // Both when the next scrape has arrived: what failed to be sent, and whether it was refused.
  await expect.poll(() => found('exporter_send_failed'), patience).toEqual([expect.toSatisfy((count) => count >= 1)])
  const [refused] = await workspace.query('sum(otelcol_receiver_refused_metric_points_total{receiver="otlp"})')
  expect(refused?.value).toBe(buffer ? 0 : 1)
  const [lost] = await workspace.query(DROPPED)
  if (buffer) expect(lost?.value).toBeGreaterThanOrEqual(1)
  else expect(lost?.value).toBe(0)
  const [series] = await workspace.query('otelcol_exporter_send_failed_metric_points_total')
  expect(series?.labels).toMatchObject({ job: 'ena-otel-collector', instance: 'collector-0', k8s_cluster_name: 'blue' })
})

/** As in packages/rules/src/alerts/collector.ts, of all that was counted instead of 15 minutes. */
const DROPPED =
  'sum(otelcol_exporter_send_failed_metric_points_total) - sum(otelcol_receiver_refused_metric_points_total)'

/** One point, as an agent sends it. Resolves to the status of the answer. */
async function send(port: number): Promise<number> {
  const point = { timeUnixNano: `${Date.now()}000000`, asInt: '1', attributes: [] }
  const metrics = [{ name: 'ena_otel.interfaces', unit: '{interface}', gauge: { dataPoints: [point] } }]
  const body = { resourceMetrics: [{ resource: { attributes: [] }, scopeMetrics: [{ scope: {}, metrics }] }] }
  const response = await fetch(`http://127.0.0.1:${port}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return response.status
}
