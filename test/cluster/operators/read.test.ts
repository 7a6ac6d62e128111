// The chart's objects against what was read in the source of the operators that can't be built here.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { FIVE_LINES, type KubernetesObject, objectOf, objects } from '../../chart/chart.ts'
import { helm } from '../../tools/helm.ts'
import { operatorMakes } from './opentelemetry-operator.ts'
import { ACK, ADOT, documented, GRAFANA, OPENTELEMETRY } from './read.ts'

const topicArn = 'arn:aws:sns:eu-west-1:111122223333:alerts'
let inOperatorMode: readonly KubernetesObject[] = []
let inDeploymentMode: readonly KubernetesObject[] = []
beforeAll(async () => {
  await helm()
  const common = { ...FIVE_LINES, networkPolicy: { enabled: true }, podMonitor: { enabled: true } }
  inOperatorMode = await objects({ ...common, collector: { mode: 'operator' } })
  inDeploymentMode = await objects({
    ...common,
    amp: { region: 'eu-west-1', otherCredentials: true, ack: { createWorkspace: true } },
    rules: { ack: { enabled: true } },
    alertmanager: { ack: { enabled: true }, sns: { topicArn } },
    dashboards: { grafanaOperator: { enabled: true } },
    coredns: { scrape: { enabled: true } },
  })
})

type Checks<Rows> = Readonly<Record<keyof Rows, () => void>>

const collector = (): KubernetesObject => objectOf(inOperatorMode, 'OpenTelemetryCollector')
const config = (): KubernetesObject => collector()['spec'].config
const made = (kind: string, name?: string): KubernetesObject => objectOf(operatorMakes(collector()), kind, name)

const openTelemetry: Checks<typeof OPENTELEMETRY.rows> = {
  defaults: () =>
    expect(collector()['spec']).toMatchObject({ mode: 'deployment', upgradeStrategy: 'none', replicas: 2 }),
  endpoints() {
    const { otlp } = config()['receivers']
    expect(otlp.protocols.grpc.endpoint).toBe(':4317')
    expect(otlp.protocols.http.endpoint).toBe(':4318')
    expect(config()['extensions'].health_check.endpoint).toBe(':13133')
    const after = parse(made('ConfigMap')['data']['collector.yaml'])
    expect(after.receivers.otlp.protocols.grpc.endpoint).toBe('0.0.0.0:4317')
  },
  telemetry() {
    const [reader] = config()['service'].telemetry.metrics.readers
    expect(reader.pull.exporter.prometheus).toEqual({ host: '', port: 8888 })
  },
  container: () => expect(Object.keys(collector()['spec'].args)).toEqual(['feature-gates']),
  probes: () => expect(config()['service'].extensions).toContain('health_check'),
  services() {
    const env: readonly { name: string; value: string }[] = objectOf(inOperatorMode, 'DaemonSet')['spec'].template.spec
      .containers[0].env
    const { value = '' } = env.find(({ name }) => name === 'ENA_OTEL_ENDPOINT') ?? {}
    const { name, namespace = '' } = made('Service', 'ena-otel-otelcol-collector').metadata
    expect(new URL(value).host).toBe(`${name}.${namespace}.svc:4317`)
    expect(made('Service', name)['spec'].ports).toContainEqual(expect.objectContaining({ port: 4317 }))
    const url: string = objectOf(inOperatorMode, 'Pod')['spec'].containers[0].env[0].value
    expect(new URL(url).hostname).toBe(
      `${made('Service', 'ena-otel-otelcol-collector-monitoring').metadata.name}.${namespace}.svc`,
    )
  },
  labels() {
    const { labels } = made('Deployment')['spec'].template.metadata
    const selectors = [
      objectOf(inOperatorMode, 'NetworkPolicy')['spec'].podSelector,
      objectOf(inOperatorMode, 'PodMonitor')['spec'].selector,
      ...collector()['spec'].topologySpreadConstraints.map(
        ({ labelSelector }: { labelSelector: object }) => labelSelector,
      ),
    ]
    for (const { matchLabels } of selectors) expect(labels).toMatchObject(matchLabels)
  },
  serviceAccount() {
    const { metadata } = objectOf(inOperatorMode, 'ServiceAccount', 'ena-otel-collector')
    expect(collector()['spec'].serviceAccount).toBe(metadata.name)
  },
  disruption: () => expect(collector()['spec'].podDisruptionBudget).toEqual({ maxUnavailable: 1 }),
  annotations: () =>
    expect(made('Deployment')['spec'].template.metadata.annotations['prometheus.io/port']).toBe('8888'),
}

const rules = (): KubernetesObject => objectOf(inDeploymentMode, 'RuleGroupsNamespace')

const ack: Checks<typeof ACK.rows> = {
  workspace: () => expect(objectOf(inDeploymentMode, 'Workspace')['spec']).toEqual({ alias: 'ena-otel-blue' }),
  configuration: () => expect(Object.keys(parse(rules()['spec'].configuration))).toEqual(['groups']),
  reference() {
    const { workspaceID, workspaceRef } = rules()['spec']
    expect({ workspaceID, workspaceRef }).toEqual({ workspaceRef: { from: { name: 'ena-otel-workspace' } } })
  },
  terminal: () => expect(rules()['spec'].configuration).not.toContain('%{'),
  immutable: () => expect(rules()['spec'].name).toBe('ena-otel'),
  alertmanager() {
    const { configuration } = objectOf(inDeploymentMode, 'AlertManagerDefinition')['spec']
    const { receivers } = parse(parse(configuration).alertmanager_config)
    const topics = receivers.flatMap(({ sns_configs = [] }) => sns_configs.map(({ topic_arn }) => topic_arn))
    expect(new Set(topics)).toEqual(new Set([topicArn]))
  },
  region() {
    const own = inDeploymentMode.filter(({ apiVersion }) => apiVersion.startsWith('prometheusservice.'))
    expect(own).toHaveLength(3)
    for (const object of own)
      expect(object.metadata.annotations).toMatchObject({ 'services.k8s.aws/region': 'eu-west-1' })
  },
  deletion: () =>
    expect(objectOf(inDeploymentMode, 'Workspace').metadata.annotations).toMatchObject({
      'services.k8s.aws/deletion-policy': 'retain',
    }),
  fieldExport() {
    const { to } = objectOf(inDeploymentMode, 'FieldExport')['spec']
    expect(objectOf(inDeploymentMode, 'ConfigMap', to.name)['data']).toBeUndefined()
  },
}

const dashboards = (): readonly KubernetesObject[] => inDeploymentMode.filter(({ kind }) => kind === 'GrafanaDashboard')
const sources = ['json', 'gzipJson', 'url', 'jsonnet', 'jsonnetLib', 'grafanaCom', 'configMapRef', 'oci']

const grafana: Checks<typeof GRAFANA.rows> = {
  source() {
    expect(dashboards()).toHaveLength(3)
    for (const { spec } of dashboards()) expect(sources.filter((source) => source in spec)).toEqual(['json'])
  },
  uid() {
    for (const { spec } of dashboards()) expect(JSON.parse(spec.json).uid).toMatch(/^ena-otel-[a-z]+$/)
  },
  instances() {
    const expected = { instanceSelector: { matchLabels: { dashboards: 'grafana' } }, allowCrossNamespaceImport: true }
    for (const { spec } of dashboards()) expect(spec).toMatchObject(expected)
  },
  folder() {
    for (const { spec } of dashboards()) expect(spec.folder).toBe('ena-otel')
  },
  immutable() {
    for (const { spec } of dashboards()) expect(spec.folderUID ?? spec.folderRef).toBeUndefined()
  },
}

/** The pods with ADOT's image: of the collector, and of the scraper of CoreDNS. */
const adotPods = (): readonly KubernetesObject[] =>
  inDeploymentMode.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => spec.template)
const flag = (argument: string): string => argument.replace(/=.*/, '')
/** Those of ADOT v0.49.0 that are used here: pkg/defaultcomponents/defaults.go. */
const inAdot = {
  receivers: ['otlp', 'prometheus'],
  processors: ['memory_limiter', 'resource', 'batch'],
  exporters: ['prometheusremotewrite', 'otlp', 'otlphttp'],
  extensions: ['health_check', 'sigv4auth'],
} as const

const adot: Checks<typeof ADOT.rows> = {
  user() {
    expect(adotPods()).toHaveLength(2)
    for (const { spec } of adotPods()) expect(spec.securityContext.runAsUser).toBe(4317)
  },
  flags() {
    for (const { spec } of adotPods())
      expect(spec.containers[0].args.map(flag)).toEqual(['--config', '--feature-gates'])
  },
  environment: () => expect(JSON.stringify(inDeploymentMode)).not.toContain('AOT_CONFIG_CONTENT'),
  components() {
    for (const name of ['ena-otel-collector', 'ena-otel-coredns']) {
      const used = parse(objectOf(inDeploymentMode, 'ConfigMap', name)['data']['collector.yaml'])
      for (const [kind, known] of Object.entries(inAdot))
        expect(known).toEqual(expect.arrayContaining(Object.keys(used[kind]).map((id) => id.split('/')[0])))
    }
  },
  log() {
    for (const { spec } of adotPods()) expect(spec.containers[0].securityContext.readOnlyRootFilesystem).toBe(true)
  },
}

describe.each([
  { ...OPENTELEMETRY, checks: openTelemetry },
  { ...ACK, checks: ack },
  { ...GRAFANA, checks: grafana },
  { ...ADOT, checks: adot },
])('$name $version', ({ checks }) => {
  test.for(Object.entries(checks))('%s', ([, check]) => check())
})

test('the operator selects by a label of at most 63 characters, as it shortens it', async () => {
  const namespace = 'n'.repeat(63)
  const all = await objects(
    { ...FIVE_LINES, collector: { mode: 'operator' }, podMonitor: { enabled: true } },
    { namespace },
  )
  const [instance] = operatorMakes(objectOf(all, 'OpenTelemetryCollector')).map(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'],
  )
  expect(instance).toHaveLength(63)
  expect(objectOf(all, 'PodMonitor')['spec'].selector.matchLabels['app.kubernetes.io/instance']).toBe(instance)
})

test('docs/operators.md has the rows', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'operators.md'), 'utf8')
  const cells = (table: string): string => table.replace(/ *\| */g, '|').replace(/-{3,}/g, '---')
  expect(cells(text)).toContain(cells(documented()).trim())
})
