// prometheus-operator 0.85 on a real Kubernetes: the Prometheus that it configures from the chart's objects, in a pod.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverProcess } from '../../amp/server-process.ts'
import { collectorImage } from '../../chart/collector-image.ts'
import { output } from '../../harness/command.ts'
import { agentImage } from '../../image/agent-image.ts'
import { helm } from '../../tools/helm.ts'
import { prometheusOperator } from '../../tools/prometheus-operator.ts'
import type { Cluster } from '../cluster.ts'
import { preparedCluster } from '../prepared-cluster.ts'
import { prometheusImage } from './prometheus-image.ts'
import { HERE, NAMESPACE, NIC, release } from './release.ts'

interface Bench extends AsyncDisposable {
  readonly cluster: Cluster
}

let bench: Bench | undefined
beforeAll(async () => {
  bench = await setUp()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

/** Those that a Prometheus needs: the API server takes 20 s for all of them. They are too large to be applied in an annotation. */
const KINDS = ['prometheuses', 'prometheusrules', 'servicemonitors', 'podmonitors', 'probes', 'scrapeconfigs']
const file = (plural: string): string => `monitoring.coreos.com_${plural}.yaml`

/** A cluster with the definitions of the operator's objects, and the operator. */
async function setUp(): Promise<Bench> {
  await using made = new AsyncDisposableStack()
  await helm()
  const programs = await prometheusOperator()
  const images = [await agentImage(), await collectorImage(), await prometheusImage()]
  const cluster = made.use(await preparedCluster({ images, nic: NIC, namespaces: { [NAMESPACE]: 'privileged' } }))
  await cluster.kubectl(['apply', '--server-side', ...KINDS.flatMap((kind) => ['-f', join(programs.crds, file(kind))])])
  await cluster.definitionsEstablished()
  const flags = ['--prometheus-config-reloader=localhost/prometheus:test']
  const toStderr = ['sh', '-c', 'exec "$@" >&2', 'sh'] // where a program of a test has its log
  made.use(
    await serverProcess({
      name: 'prometheus-operator',
      command: () => cluster.command([...toStderr, programs['prometheus-operator'], ...flags]),
      env: { KUBECONFIG: cluster.kubeconfig },
      ready: (line) => (line.endsWith('msg="Caches are synced" controller=prometheus') ? true : undefined),
    }),
  )
  const all = made.move()
  return { cluster, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** Finds its rules and its targets by the label `prometheus`. */
const selector = { matchLabels: { prometheus: 'test' } }
const metadata = { name: 'test', namespace: NAMESPACE }
const subject = { kind: 'ServiceAccount', name: 'test', namespace: NAMESPACE }
const objects = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata,
    rules: [
      { apiGroups: [''], resources: ['services', 'endpoints', 'pods'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'test' },
    subjects: [subject],
  },
  {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata,
    spec: {
      image: 'localhost/prometheus:test',
      imagePullPolicy: 'Never',
      version: '3.12.0',
      serviceAccountName: 'test',
      enableRemoteWriteReceiver: true,
      ruleSelector: selector,
      serviceMonitorSelector: selector,
      podMonitorSelector: selector,
      resources: { requests: { memory: '64Mi' } },
    },
  },
]

const labels = selector.matchLabels
const values = {
  ...HERE,
  clusterName: 'blue',
  amp: {
    remoteWriteUrl: `http://prometheus-operated.${NAMESPACE}.svc:9090/api/v1/write`,
    region: 'eu-central-1',
    otherCredentials: true,
  },
  collector: {
    ...HERE.collector,
    env: [
      { name: 'AWS_ACCESS_KEY_ID', value: 'any' },
      { name: 'AWS_SECRET_ACCESS_KEY', value: 'any' },
    ],
  },
  rules: { prometheusRule: { enabled: true, labels } },
  serviceMonitor: { enabled: true, labels, interval: '1s' },
  podMonitor: { enabled: true, labels, interval: '1s' },
}

interface Rule {
  readonly name: string
  readonly health: string
}

interface Alert {
  readonly state: string
  readonly labels: Readonly<Record<string, string>>
}

interface Group {
  readonly name: string
  readonly file: string
  readonly rules: readonly Rule[]
}

/** Of Prometheus' API, through the API server's proxy. */
async function ask<T>(path: string): Promise<T> {
  const service = `/api/v1/namespaces/${NAMESPACE}/services/prometheus-operated:9090/proxy`
  const { data }: { readonly data: T } = JSON.parse(await bench!.cluster.kubectl(['get', '--raw', service + path]))
  return data
}

async function query(text: string): Promise<readonly Readonly<Record<string, string>>[]> {
  const { result } = await ask<{ readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] }>(
    `/api/v1/query?query=${encodeURIComponent(text)}`,
  )
  return result.map(({ metric }) => metric)
}

/** Sends two points of a counter to the collector, as an agent would that saw the limit three minutes ago. */
const exceeded = `
const now = Date.now()
const point = (ago, value) => ({
  startTimeUnixNano: (now - 3_600_000) + '000000', timeUnixNano: (now - ago) + '000000', asDouble: value,
  attributes: [{ key: 'ena.allowance.name', value: { stringValue: 'linklocal' } }, { key: 'network.interface.name', value: { stringValue: 'ens5' } }],
})
const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [point(180_000, 0), point(150_000, 5_000)] }
const attributes = [{ key: 'k8s.cluster.name', value: { stringValue: 'blue' } }, { key: 'k8s.node.name', value: { stringValue: 'ip-10-0-0-1' } }]
const metrics = [{ name: 'ena.allowance.exceeded', unit: '{packet}', sum }]
const body = JSON.stringify({ resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }] })
fetch(process.argv[1], { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  .then(async (reply) => { if (!reply.ok) throw new Error(reply.status + ' ' + await reply.text()) })`

test(
  "its Prometheus loads our rules, and one fires; our monitors make it scrape the collector's own metrics",
  { timeout: 180_000 },
  async () => {
    const { cluster } = bench!
    const start = performance.now()
    await cluster.apply(objects)
    await release(cluster, values)
    const wait = ['-n', NAMESPACE, 'wait', '--timeout=90s']
    await cluster.kubectl([...wait, '--for=create', 'statefulset/prometheus-test'])
    await cluster.kubectl(['-n', NAMESPACE, 'rollout', 'status', 'statefulset/prometheus-test', '--timeout=90s'])
    await cluster.kubectl(['-n', NAMESPACE, 'rollout', 'status', 'deployment/ena-otel-collector', '--timeout=90s'])
    process.stdout.write(`Prometheus and collector: Ready after ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
    const address = ['-n', NAMESPACE, 'get', 'service', 'ena-otel-collector', '-o', 'jsonpath={.spec.clusterIP}']
    const otlp = `http://${await cluster.kubectl(address)}:4318/v1/metrics`
    await output(cluster.command([process.execPath, '-e', exceeded, otlp]))

    const { groups } = await ask<{ readonly groups: readonly Group[] }>('/api/v1/rules')
    expect(groups.map(({ name }) => name)).toContain('ena-otel.allowance.linklocal')
    for (const { file } of groups) expect(file).toMatch(/^\/etc\/prometheus\/rules\/\S+\/ena-otel-ena-otel-/)

    const patience = { timeout: 60_000, interval: 500 }
    const jobs = async (text: string): Promise<readonly string[]> =>
      [...new Set((await query(text)).map(({ job }) => job!))].toSorted()
    const both = ['ena-otel-collector', `${NAMESPACE}/ena-otel-collector`]
    await expect.poll(() => jobs('up == 1'), patience).toEqual(both)
    await expect.poll(() => jobs('otelcol_receiver_accepted_metric_points'), patience).toEqual(both)
    await expect
      .poll(() => query('system_network_io_bytes_total{network_interface_name="nic0"}'), patience)
      .toMatchObject([{ k8s_cluster_name: 'blue' }, {}])

    const firing = async (): Promise<readonly object[]> => {
      const { alerts } = await ask<{ readonly alerts: readonly Alert[] }>('/api/v1/alerts')
      return alerts.filter(({ state }) => state === 'firing').map(({ labels: found }) => found)
    }
    await expect
      .poll(firing, patience)
      .toMatchObject([{ alertname: 'LinkLocalAllowanceExceeded', k8s_node_name: 'ip-10-0-0-1', severity: 'warning' }])
    const after = await ask<{ readonly groups: readonly Group[] }>('/api/v1/rules')
    const wrong = after.groups.flatMap(({ rules }) => rules).filter(({ health }) => health === 'err')
    expect(wrong).toEqual([])
    process.stdout.write(`the alert fires after ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  },
)
