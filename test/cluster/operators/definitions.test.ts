// The chart's custom resources on a real API server with their projects' own definitions, whose CEL rules only an API server checks.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FIVE_LINES, type KubernetesObject, objects, type Values } from '../../chart/chart.ts'
import { sharedDefinitions } from '../../chart/object-schemas.ts'
import { helm } from '../../tools/helm.ts'
import { type Cluster, cluster } from '../cluster.ts'
import { NAMESPACE } from './release.ts'

const definitions = sharedDefinitions()
let running: Cluster | undefined
beforeAll(async () => {
  await helm()
  if (definitions !== undefined) running = await cluster()
})
afterAll(async () => {
  await running?.[Symbol.asyncDispose]()
})

const GROUPS = [
  'opentelemetry.io/',
  'prometheusservice.services.k8s.aws/',
  'grafana.integreatly.org/',
  'monitoring.coreos.com/v1',
]

async function customResources(values: Values): Promise<readonly KubernetesObject[]> {
  const all = await objects(values)
  return all.filter(
    ({ apiVersion, kind }) => GROUPS.some((group) => apiVersion.startsWith(group)) && !kind.endsWith('Monitor'),
  )
}

const topicArn = 'arn:aws:sns:eu-west-1:111122223333:alerts'
const values = (name: string, team: string): Values => ({
  ...FIVE_LINES,
  collector: { mode: 'operator', autoscaling: { enabled: true } },
  rules: { ack: { enabled: true, name }, prometheusRule: { enabled: true } },
  alertmanager: { ack: { enabled: true }, sns: { topicArn } },
  dashboards: { grafanaOperator: { enabled: true, instanceSelector: { matchLabels: { dashboards: team } } } },
})

/** What kubectl prints: what is applied, or why not. */
async function applied(manifest: readonly KubernetesObject[]): Promise<string> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifest })
  const kubectl = running!.kubectl(['apply', '--server-side', '--validate=strict', '-f', '-'], list)
  return kubectl.catch(String)
}

test('they are accepted, and what a CEL rule forbids to change is refused', { timeout: 120_000 }, async ({ skip }) => {
  if (definitions === undefined) return skip('no folder ../shared/crds, and ENA_OTEL_CRDS names none')
  await running!.kubectl(['create', 'namespace', NAMESPACE])
  await running!.kubectl(['apply', '--server-side', '-f', definitions])
  await running!.definitionsEstablished()
  const all = await customResources(values('ena-otel', 'grafana'))
  expect(all.map(({ kind }) => kind).toSorted()).toEqual([
    'AlertManagerDefinition',
    'GrafanaDashboard',
    'GrafanaDashboard',
    'GrafanaDashboard',
    'OpenTelemetryCollector',
    'PrometheusRule',
    'RuleGroupsNamespace',
  ])
  const first = await applied(all)
  expect(
    first
      .trim()
      .split('\n')
      .filter((line) => !line.endsWith(' serverside-applied')),
  ).toEqual([])

  const changed = await applied(await customResources(values('renamed', 'others')))
  expect(changed).toContain('spec.instanceSelector is immutable')
  expect(changed).toContain('spec.name: Invalid value: "renamed": Value is immutable once set')
})
