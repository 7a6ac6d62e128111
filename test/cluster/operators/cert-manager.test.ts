// cert-manager 1.21 on a real Kubernetes: it issues the chart's Certificates and renews them, and the pushes go on.
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Amp, amp } from '../../amp/amp.ts'
import { serverProcess } from '../../amp/server-process.ts'
import { collectorImage } from '../../chart/collector-image.ts'
import { type Passage, passage } from '../../harness/passage.ts'
import { agentImage } from '../../image/agent-image.ts'
import { certManager } from '../../tools/cert-manager.ts'
import { helm } from '../../tools/helm.ts'
import { ADDRESS } from '../address.ts'
import type { Cluster } from '../cluster.ts'
import { greeting, secretFiles } from '../greeting.ts'
import { preparedCluster } from '../prepared-cluster.ts'
import { HERE, NAMESPACE, NIC, release } from './release.ts'

interface Bench extends AsyncDisposable {
  readonly cluster: Cluster
  readonly workspace: Amp
  readonly door: Passage
}

let bench: Bench | undefined
beforeAll(async () => {
  bench = await setUp()
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

/** A cluster with cert-manager and an authority of its own, and a workspace that its pods reach. */
async function setUp(): Promise<Bench> {
  await using made = new AsyncDisposableStack()
  await helm()
  const programs = await certManager()
  const images = [await agentImage(), await collectorImage()]
  const workspace = made.use(await amp())
  const cluster = made.use(await preparedCluster({ images, nic: NIC, namespaces: { [NAMESPACE]: 'privileged' } }))
  const within = (command: readonly string[]): readonly string[] => cluster.command(command)
  const door = made.use(await passage(within, new URL(workspace.remoteWriteUrl).origin, ADDRESS.node))
  await cluster.kubectl(['apply', '--server-side', '-f', programs.crds])
  await cluster.definitionsEstablished()
  made.use(
    await serverProcess({
      name: 'cert-manager',
      command: () => cluster.command([programs['cert-manager'], `--kubeconfig=${cluster.kubeconfig}`]),
      ready: (line) => (line.endsWith('controllers run') ? true : undefined),
    }),
  )
  await cluster.apply(authority)
  const all = made.move()
  return { cluster, workspace, door, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

const issuedBy = (name: string): object => ({ name, kind: 'Issuer', group: 'cert-manager.io' })
const own = (kind: string, name: string, spec: object): object => ({
  apiVersion: 'cert-manager.io/v1',
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
})
const authority = [
  own('Issuer', 'self-signed', { selfSigned: {} }),
  own('Certificate', 'authority', {
    isCA: true,
    commonName: 'test authority',
    secretName: 'authority',
    privateKey: { algorithm: 'ECDSA', size: 256 },
    issuerRef: issuedBy('self-signed'),
  }),
  own('Issuer', 'authority', { ca: { secretName: 'authority' } }),
]

/** The collector reads its files again every second, not every minute, so that the test needs fewer minutes. */
const reading = { tls: { reload_interval: '1s' } }

function values({ workspace, door }: Bench): object {
  return {
    ...HERE,
    clusterName: 'blue',
    amp: {
      remoteWriteUrl: door.endpoint + new URL(workspace.remoteWriteUrl).pathname,
      region: workspace.scope.region,
      otherCredentials: true,
    },
    collector: {
      ...HERE.collector,
      env: Object.entries(workspace.env).map(([name, value]) => ({ name, value })),
      maxConnectionAge: '2s', // each new connection is a handshake
      config: { receivers: { otlp: { protocols: { grpc: reading, http: reading } } } },
    },
    tls: { source: 'certManager', mutual: true, certManager: { issuerRef: { name: 'authority' } } },
  }
}

const kubectl = (...args: readonly string[]): Promise<string> => bench!.cluster.kubectl(['-n', NAMESPACE, ...args])

/** As `cmctl renew` does: with the condition that also says that a renewal is due. */
async function renew(name: string): Promise<void> {
  const { status } = JSON.parse(await kubectl('get', 'certificate', name, '-o', 'json'))
  const issuing = { type: 'Issuing', status: 'True', reason: 'ManuallyTriggered', message: 'by a test' }
  const conditions = [...status.conditions, { ...issuing, lastTransitionTime: new Date().toISOString() }]
  const patch = JSON.stringify({ status: { conditions } })
  await kubectl('patch', 'certificate', name, '--subresource=status', '--type=merge', '--patch', patch)
  const renewed = `--for=jsonpath={.status.revision}=${status.revision + 1}`
  await kubectl('wait', renewed, `certificate/${name}`, '--timeout=30s')
}

const secret = (name: string): ReturnType<typeof secretFiles> => secretFiles(bench!.cluster, NAMESPACE, name)
const serial = (files: { readonly 'tls.crt': string }): string => new X509Certificate(files['tls.crt']).serialNumber

/** Waits until the collector shows its new certificate to the agents' new one, and until what they read since arrives. */
async function goesOn(): Promise<void> {
  const start = performance.now()
  const client = await secret('ena-otel-agent-tls')
  const server = await secret('ena-otel-collector-tls')
  await expect
    .poll(() => greeting(bench!.cluster, NAMESPACE, client), { timeout: 60_000, interval: 500 })
    .toEqual({ verdict: 'taken', serial: serial(server) })
  const recent = `timestamp(system_network_io_bytes_total) > ${Date.now() / 1000}`
  await bench!.workspace.waitFor(recent, (found) => found.length > 0, 60_000)
  process.stdout.write(`pushed with the new certificates after ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
}

test(
  'the certificates are issued and renewed, then their authority too, and no point is lost',
  { timeout: 300_000 },
  async () => {
    const here = bench!
    await kubectl('wait', '--for=condition=Ready', 'certificate/authority', '--timeout=30s')
    await release(here.cluster, values(here))
    await kubectl('wait', '--for=create', 'certificate/ena-otel-agent', '--timeout=30s')
    await kubectl('wait', '--for=condition=Ready', 'certificate', '--all', '--timeout=30s')
    await kubectl('rollout', 'status', 'deployment/ena-otel-collector', '--timeout=60s')
    await kubectl('rollout', 'status', 'daemonset/ena-otel-agent', '--timeout=60s')
    await goesOn()

    const first = await secret('ena-otel-agent-tls')
    await renew('ena-otel-collector')
    await renew('ena-otel-agent')
    await goesOn()
    expect(serial(await secret('ena-otel-agent-tls'))).not.toBe(serial(first))

    const second = await secret('ena-otel-agent-tls')
    for (const name of ['authority', 'ena-otel-collector', 'ena-otel-agent']) await renew(name)
    const third = await secret('ena-otel-agent-tls')
    expect(third['ca.crt']).not.toBe(second['ca.crt'])
    await goesOn()
    // What the old authority signed is worth nothing from now on.
    expect((await greeting(here.cluster, NAMESPACE, { ...second, 'ca.crt': third['ca.crt'] })).verdict).not.toBe(
      'taken',
    )

    const lost = await here.workspace.query('max_over_time(ena_otel_points_dropped_total[10m]) > 0')
    expect(lost).toEqual([])
    expect(await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[*].restartCount}')).toBe(
      '0 0',
    )
  },
)
