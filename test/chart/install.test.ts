// The chart on a real Kubernetes: each mode installed, tested, upgraded and removed, and what the agents send in the workspace.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { type ClientFiles, greeting, secretFiles } from '../cluster/greeting.ts'
import { helm3 } from '../tools/helm3.ts'
import { CHART, type KubernetesObject, outcome, type Values } from './chart.ts'
import { customResourceDefinitions } from './custom-resource-definitions.ts'
import { arrives, type Bench, helmed, install, installationBench, uninstall, values } from './installation.ts'
import { narrowNic, underBursts } from './node-drops.ts'
import { randomValues, type ValueSet } from './random-values.ts'

let bench: Bench | undefined
beforeAll(helm3) // the first time, that takes longer than a test may
beforeAll(async () => {
  bench = await installationBench()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

function there(): Bench {
  if (bench === undefined) throw new TypeError('beforeAll makes it')
  return bench
}

test('deployment: installed, tested, upgraded, rolled back, and nothing left', { timeout: 300_000 }, async () => {
  const here = there()
  const start = performance.now()
  await helmed(here, install, values(here, 'deployed', { replicas: 2 }))
  process.stdout.write(`helm install --wait: ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  const labels = await arrives(here, 'deployed')
  expect(labels).toMatchObject({ k8s_node_name: here.cluster.nodeName })
  expect(Object.keys(labels).filter((label) => label.includes('version'))).toEqual([]) // an upgrade continues the series
  const told = await helmed(here, ['test', 'ena-otel', '--logs', '--timeout', '90s'])
  expect(told).toMatch(/the collector got [1-9]\d* points from agents/)

  await helmed(
    here,
    ['upgrade', 'ena-otel', CHART, '--wait', '--timeout', '90s'],
    values(here, 'upgraded', { replicas: 1 }),
  )
  await arrives(here, 'upgraded')
  await helmed(here, ['rollback', 'ena-otel', '1', '--wait', '--timeout', '90s'])
  await arrives(here, 'deployed')

  await uninstall(here)
})

test('Helm 3.18 installs the chart, and its `helm test --logs` prints the log', { timeout: 200_000 }, async () => {
  const here = there()
  const old = { cluster: here.cluster, helm: await helm3() }
  // Generated certificates, because `lookup` is Helm's.
  await helmed(old, install, { ...values(here, 'helm3', { replicas: 1 }), tls: { source: 'generated' } })
  await arrives(here, 'helm3')
  const told = await helmed(old, ['test', 'ena-otel', '--logs', '--timeout', '90s'])
  expect(told).toMatch(/the collector got [1-9]\d* points from agents/)
  await uninstall(here)
})

test('rolling updates of the collector, and its pods gone at once, lose no burst', { timeout: 300_000 }, async () => {
  const here = there()
  await narrowNic(here)
  await helmed(here, install, values(here, 'rolled', { replicas: 2 }))
  await arrives(here, 'rolled')
  const rollout = (step: 'restart' | 'status'): Promise<string> =>
    here.cluster.kubectl(['-n', 'ena-otel', 'rollout', step, 'deployment/ena-otel-collector'])
  // What is replaced has time to end, and the agent's connection with it.
  const collectors = ['pod', '-l', 'app.kubernetes.io/component=collector']
  const pods = async (): Promise<readonly string[]> =>
    (await here.cluster.kubectl(['-n', 'ena-otel', 'get', ...collectors, '-o', 'name'])).trim().split('\n')
  const replaced = async (): Promise<void> => {
    await rollout('status')
    await expect.poll(pods, { timeout: 60_000 }).toHaveLength(2)
  }
  let tookMs = 0
  const { kernel, stored, inTime, bursts, wrong } = await underBursts(here, 'rolled', async () => {
    const start = performance.now()
    for (let i = 0; i < 3; i++) {
      await rollout('restart')
      await replaced()
    }
    tookMs = performance.now() - start
    await here.cluster.kubectl(['-n', 'ena-otel', 'delete', ...collectors, '--force', '--grace-period=0'])
    await replaced()
  })
  process.stdout.write(
    `three rolling updates in ${(tookMs / 1000).toFixed(1)} s, then all pods gone at once: ${inTime} of ${bursts} bursts at their own times, ${stored} of ${kernel} drops in the store\n`,
  )
  expect(wrong).toEqual([])
  expect(stored).toBe(kernel)
  expect(here.workspace.answers().filter(({ status }) => status !== 200)).toEqual([])
  await uninstall(here)
})

test('the agents find the collector again when its Service is created again', { timeout: 300_000 }, async () => {
  const here = there()
  const given = values(here, 'moved', { replicas: 1 })
  await helmed(here, install, given)
  await arrives(here, 'moved')
  const service = ['-n', 'ena-otel', 'get', 'service', 'ena-otel-collector', '-o', 'jsonpath={.spec.clusterIP}']
  const before = await here.cluster.kubectl(service)
  await here.cluster.kubectl(['-n', 'ena-otel', 'delete', 'service', 'ena-otel-collector'])
  await helmed(here, ['upgrade', 'ena-otel', CHART], given)
  expect(await here.cluster.kubectl(service)).not.toBe(before)
  // The connections that are open outlive the Service; with new pods they are gone, and the old address leads nowhere.
  await here.cluster.kubectl(['-n', 'ena-otel', 'delete', 'pod', '-l', 'app.kubernetes.io/component=collector'])
  const start = performance.now()
  await arrives(here, 'moved', 150_000)
  process.stdout.write(`a new Service: found after ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  await uninstall(here)
})

test(
  'generated certificates: mutual TLS with both protocols, kept by upgrades, and renewed in their last year',
  { timeout: 300_000 },
  async () => {
    const here = there()
    const given = (protocol: string): Values => ({
      ...values(here, 'mutual', { replicas: 1, maxConnectionAge: '2s' }, { protocol }), // each new connection is a handshake
      tls: { source: 'generated' },
    })
    const upgrade = ['upgrade', 'ena-otel', CHART, '--wait', '--timeout', '90s']
    const secret = (of: string): ReturnType<typeof secretFiles> =>
      secretFiles(here.cluster, 'ena-otel', `ena-otel-${of}-generated-tls`)
    const both = async (): Promise<readonly object[]> => [await secret('collector'), await secret('agent')]
    const client = async (): Promise<ClientFiles> => ({ ...(await secret('collector')), ...(await secret('agent')) })
    const verdict = async (files: ClientFiles, port?: 4317 | 4318): Promise<string> =>
      (await greeting(here.cluster, 'ena-otel', files, port)).verdict

    await helmed(here, install, given('grpc'))
    await arrives(here, 'mutual')
    const made = await both()
    const old = await client()
    for (const port of [4317, 4318] as const) {
      expect(await verdict(old, port)).toBe('taken')
      expect(await verdict({ 'ca.crt': old['ca.crt'] }, port)).toBe('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')
    }

    await helmed(here, upgrade, given('http/protobuf'))
    await arrives(here, 'mutual')
    expect(await both()).toEqual(made)
    await expect(helmed(here, ['template', 'ena-otel', CHART], given('grpc'))).rejects.toThrow('make new certificates')

    const soon = new Date(Date.now() + 360 * 86_400_000).toISOString().slice(0, 10)
    const annotate = ['annotate', '--overwrite', 'secret', 'ena-otel-collector-generated-tls']
    await here.cluster.kubectl(['-n', 'ena-otel', ...annotate, `ena-otel/certificates-end=${soon}`])
    await helmed(here, [...upgrade, '--force-conflicts'], given('http/protobuf')) // kubectl wrote the annotation
    const start = performance.now()
    const renewed = await client()
    expect(renewed['ca.crt']).not.toBe(old['ca.crt'])
    await expect.poll(() => verdict(renewed), { timeout: 120_000, interval: 500 }).toBe('taken')
    await arrives(here, 'mutual', 120_000)
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    process.stdout.write(`generated certificates: pushed with new ones after ${seconds} s\n`)
    expect(await verdict({ ...old, 'ca.crt': renewed['ca.crt'] })).not.toBe('taken')
    const lost = 'max_over_time(ena_otel_points_dropped_total{k8s_cluster_name="mutual"}[10m]) > 0'
    expect(await here.workspace.query(lost)).toEqual([])
    await uninstall(here)
  },
)

test(
  'sidecar: installed and tested, and a native one takes the last points of its agent',
  { timeout: 200_000 },
  async () => {
    const here = there()
    await helmed(here, install, values(here, 'sidecar', { mode: 'sidecar' }))
    await arrives(here, 'sidecar')
    expect(await helmed(here, ['test', 'ena-otel', '--logs', '--timeout', '90s'])).toMatch(
      /the collector got [1-9]\d* points/,
    )

    // One export an hour: what is younger was sent while the pod ended.
    const native = values(here, 'native', { mode: 'sidecar', nativeSidecar: true }, { exportInterval: '1h' })
    await helmed(here, ['upgrade', 'ena-otel', CHART, '--wait', '--timeout', '90s'], native)
    const [collector] = await startsOf(here, 'initContainerStatuses')
    const [agent] = await startsOf(here, 'containerStatuses')
    expect(collector).toMatchObject({ name: 'collector', startedMs: expect.any(Number) })
    expect(agent?.startedMs).toBeGreaterThanOrEqual(collector!.startedMs)
    const last = Date.now() / 1000
    await setTimeout(2_000) // for a sample
    await uninstall(here)
    const younger = `timestamp(system_network_io_bytes_total{k8s_cluster_name="native"}) > ${last}`
    await here.workspace.waitFor(younger, (found) => found.length > 0, 20_000)
  },
)

/** The running containers of the agents' pods that are not ending. */
async function startsOf(
  { cluster }: Bench,
  statuses: 'containerStatuses' | 'initContainerStatuses',
): Promise<readonly { readonly name: string; readonly startedMs: number }[]> {
  const pods = ['-n', 'ena-otel', 'get', 'pods', '-l', 'app.kubernetes.io/component=agent', '-o', 'json']
  const { items }: { readonly items: readonly KubernetesObject[] } = JSON.parse(await cluster.kubectl(pods))
  return items
    .filter(({ metadata }) => !('deletionTimestamp' in metadata))
    .flatMap(({ status }) => status[statuses] ?? [])
    .map(({ name, state }) => ({ name, startedMs: Date.parse(state.running.startedAt) }))
}

test(
  "CoreDNS' numbers arrive with its node's name, and only those that are asked for",
  { timeout: 200_000 },
  async () => {
    const here = there()
    await here.cluster.apply([coredns])
    await helmed(here, install, {
      ...values(here, 'scraped', { replicas: 1 }),
      coredns: { scrape: { enabled: true, interval: '1s' } },
    })
    const labels = `k8s_cluster_name="scraped",k8s_node_name="${here.cluster.nodeName}"`
    for (const selector of [
      `coredns_dns_responses_total{rcode="SERVFAIL",${labels}}`,
      `coredns_dns_request_duration_seconds_bucket{le="1.024",${labels}}`,
      `coredns_proxy_request_duration_seconds_count{proxy_name="forward",${labels}}`,
    ]) {
      const found = await here.workspace.waitFor(selector, (series) => series.length > 0, 60_000)
      expect(found, selector).toMatchObject([{ labels: { job: 'coredns', k8s_pod_name: 'coredns' }, value: 7 }])
    }
    expect(await here.workspace.query('go_goroutines')).toEqual([])
    await here.cluster.kubectl(['-n', 'kube-system', 'delete', 'pod', 'coredns', '--force'])
    await uninstall(here)
    const roles = await here.cluster.kubectl(['-n', 'kube-system', 'get', 'role,rolebinding', '-o', 'name'])
    expect(roles).not.toContain('ena-otel')
  },
)

/** What CoreDNS 1.14 says on /metrics, in short; the cluster's own is no pod. */
const metrics = `# TYPE coredns_dns_responses_total counter
coredns_dns_responses_total{plugin="forward",rcode="SERVFAIL",server="dns://:53",view="",zone="."} 7
# TYPE coredns_dns_request_duration_seconds histogram
coredns_dns_request_duration_seconds_bucket{server="dns://:53",view="",zone=".",le="1.024"} 7
coredns_dns_request_duration_seconds_bucket{server="dns://:53",view="",zone=".",le="+Inf"} 9
coredns_dns_request_duration_seconds_sum{server="dns://:53",view="",zone="."} 12
coredns_dns_request_duration_seconds_count{server="dns://:53",view="",zone="."} 9
# TYPE coredns_proxy_request_duration_seconds histogram
coredns_proxy_request_duration_seconds_bucket{proxy_name="forward",rcode="NOERROR",to="10.0.0.2:53",le="+Inf"} 7
coredns_proxy_request_duration_seconds_sum{proxy_name="forward",rcode="NOERROR",to="10.0.0.2:53"} 1
coredns_proxy_request_duration_seconds_count{proxy_name="forward",rcode="NOERROR",to="10.0.0.2:53"} 7
# TYPE go_goroutines gauge
go_goroutines 30
`

const coredns = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'coredns',
        image: 'localhost/ena-otel:test',
        imagePullPolicy: 'Never',
        command: ['node', '-e'],
        args: [
          `const text = ${JSON.stringify(metrics)}
          require('http').createServer((_, reply) => reply.setHeader('content-type', 'text/plain; version=0.0.4').end(text)).listen(9153)`,
        ],
        ports: [
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'metrics', containerPort: 9153 },
        ],
      },
    ],
  },
}

test('external: the agents of one release push to the collector of another', { timeout: 200_000 }, async () => {
  const here = there()
  await helmed(here, install, values(here, 'inside', { replicas: 1 }))
  const external = { mode: 'external', external: { endpoint: 'http://ena-otel-collector.ena-otel.svc:4317' }, env: [] }
  const { amp: _, ...others } = values(here, 'outside', external, { healthPort: 9413 })
  await helmed(here, ['install', 'other', CHART, '--wait', '--timeout', '90s'], others)
  await arrives(here, 'outside')
  const told = await helmed(here, ['test', 'other', '--logs', '--timeout', '90s'])
  expect(told).toContain('http://ena-otel-collector.ena-otel.svc:4317: the collector takes our exports')
  await helmed(here, ['uninstall', 'other', '--wait'])
  await uninstall(here)
})

test(
  'operators find what they are to act on, and the collector waits for its workspace',
  { timeout: 200_000 },
  async () => {
    const here = there()
    await here.cluster.apply(customResourceDefinitions())
    await here.cluster.definitionsEstablished()
    const { amp: _, ...others } = values(here, 'made', { replicas: 1 })
    const given = {
      ...others,
      amp: { region: 'eu-central-1', otherCredentials: true, ack: { createWorkspace: true, keepWorkspace: false } },
      rules: { ack: { enabled: true }, prometheusRule: { enabled: true }, configMap: { enabled: true } },
      alertmanager: { ack: { enabled: true }, sns: { topicArn: 'arn:aws:sns:eu-central-1:111122223333:alerts' } },
      dashboards: { configMap: { enabled: true }, grafanaOperator: { enabled: true } },
      podMonitor: { enabled: true },
      agent: { ...others.agent, verticalPodAutoscaler: { enabled: true } },
    }
    await helmed(here, ['install', 'ena-otel', CHART], given)
    const pods = ['-n', 'ena-otel', 'get', 'pods', '-l', 'app.kubernetes.io/component=collector', '-o']
    const waiting = 'jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}'
    await expect
      .poll(() => here.cluster.kubectl([...pods, waiting]), { timeout: 30_000 })
      .toBe('CreateContainerConfigError')
    // What ACK does: it writes the id of the workspace that it made.
    const patch = ['patch', 'configmap', 'ena-otel-workspace', '--patch', '{"data": {"workspaceID": "ws-made"}}']
    await here.cluster.kubectl(['-n', 'ena-otel', ...patch])
    await here.cluster.kubectl([
      '-n',
      'ena-otel',
      'rollout',
      'status',
      'deployment/ena-otel-collector',
      '--timeout=60s',
    ])
    await helmed(here, ['upgrade', 'ena-otel', CHART], given)
    const id = ['-n', 'ena-otel', 'get', 'configmap', 'ena-otel-workspace', '-o', 'jsonpath={.data.workspaceID}']
    expect(await here.cluster.kubectl(id)).toBe('ws-made') // an upgrade leaves it there

    const notMade = new Set(['Certificate', 'ServiceMonitor'])
    const operator = { ...given, collector: { ...others.collector, mode: 'operator' } }
    await helmed(here, ['upgrade', 'ena-otel', CHART], operator)
    for (const { spec } of customResourceDefinitions()) {
      const found = await here.cluster.kubectl([
        '-n',
        'ena-otel',
        'get',
        `${spec.names.plural}.${spec.group}`,
        '-o',
        'name',
      ])
      expect(found.trim() === '', spec.names.kind).toBe(notMade.has(spec.names.kind))
    }
    await uninstall(here)
    for (const { spec } of customResourceDefinitions())
      expect(
        await here.cluster.kubectl(['-n', 'ena-otel', 'get', `${spec.names.plural}.${spec.group}`, '-o', 'name']),
      ).toBe('')
  },
)

test(
  'a namespace with Pod Security baseline gives the message that the documents explain',
  { timeout: 60_000 },
  async () => {
    const here = there()
    const text = await helmed(
      here,
      ['template', 'ena-otel', CHART, '--show-only', 'templates/agent-daemonset.yaml'],
      values(here, 'refused', {}),
    )
    await here.cluster.apply(text.replaceAll(/namespace: "?ena-otel"?$/gm, 'namespace: baseline'))
    await here.cluster.kubectl(['-n', 'baseline', 'create', 'serviceaccount', 'ena-otel-agent'])
    const events = ['get', 'events', '--field-selector', 'reason=FailedCreate', '-o', 'jsonpath={.items[*].message}']
    await expect
      .poll(() => here.cluster.kubectl(['-n', 'baseline', ...events]), { timeout: 30_000 })
      .toMatch(/violates PodSecurity "baseline:latest": host namespaces \(hostNetwork=true\), probe or lifecycle host/)
  },
)

test('the API server takes every object that random values render to', { timeout: 300_000 }, async () => {
  const { cluster } = there()
  using folder = temporaryFolder()
  const sets = randomValues(1, 80)
  await cluster.apply([...customResourceDefinitions(), ...namespacesOf(sets)])
  await cluster.definitionsEstablished()
  for (const [i, { values: given, release }] of sets.entries()) {
    const { text } = await outcome(given, release)
    if (text !== undefined) writeFileSync(join(folder.path, `${i}.yaml`), text)
  }
  const apply = ['apply', '--server-side', '--dry-run=server', '-f', folder.path]
  expect(await cluster.kubectl(apply)).toMatch(/serverside-applied/)
})

/** Those that the objects go to: of the releases, and what their values name. */
function namespacesOf(sets: readonly ValueSet[]): readonly object[] {
  const names = sets.flatMap(({ values: given, release }) => {
    const { namespaceOverride, coredns } = given as {
      readonly namespaceOverride?: string
      readonly coredns?: { readonly scrape?: { readonly namespace?: string } }
    }
    return [release.namespace, namespaceOverride, coredns?.scrape?.namespace, 'more']
  })
  return [...new Set(names)]
    .filter((name) => typeof name === 'string' && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && name.length < 64)
    .map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    }))
}

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'ena-otel-objects-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}
