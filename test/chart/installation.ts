// The chart installed on a real Kubernetes, with the agent's image and a real collector's, writing to the stand-in for the workspace.
import { expect } from 'vitest'

import { type Amp, amp } from '../amp/amp.ts'
import { ADDRESS } from '../cluster/address.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { preparedCluster } from '../cluster/prepared-cluster.ts'
import { run } from '../harness/command.ts'
import { type Passage, passage } from '../harness/passage.ts'
import { agentImage } from '../image/agent-image.ts'
import { helm } from '../tools/helm.ts'
import { CHART, valuesFile, type Values } from './chart.ts'
import { collectorImage } from './collector-image.ts'

export interface Bench extends AsyncDisposable {
  readonly cluster: Cluster
  readonly workspace: Amp
  readonly door: Passage
  readonly helm: string
}

/** A cluster whose node has a NIC and the images, and a workspace that its pods reach. */
export async function installationBench(): Promise<Bench> {
  await using made = new AsyncDisposableStack()
  const programs = await helm()
  const images = [await agentImage(), await collectorImage()]
  const workspace = made.use(await amp())
  const namespaces = { 'ena-otel': 'privileged', baseline: 'baseline' } as const
  const running = made.use(await preparedCluster({ images, nic, namespaces }))
  const door = made.use(
    await passage((command) => running.command(command), new URL(workspace.remoteWriteUrl).origin, ADDRESS.node),
  )
  const all = made.move()
  return { cluster: running, workspace, door, helm: programs.helm, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

const nic = ['link add nic0 type veth peer name nic0-peer', 'link set nic0 up', 'link set nic0-peer up']

interface InstalledValues {
  readonly clusterName: string
  readonly amp: object
  readonly agent: object
  readonly collector: object
}

/** What a person would set, and what this machine asks for: its images, its NIC, its keys. */
export function values(
  { workspace, door }: Bench,
  clusterName: string,
  collector: object,
  agent: object = {},
): InstalledValues {
  return {
    clusterName,
    amp: {
      remoteWriteUrl: door.endpoint + new URL(workspace.remoteWriteUrl).pathname,
      region: workspace.scope.region,
      otherCredentials: true,
    },
    agent: {
      image: { repository: 'localhost/ena-otel', tag: 'test', pullPolicy: 'Never' },
      include: ['nic0'],
      exportInterval: '1s',
      heartbeatInterval: '100ms', // tests wait for series that don't change
      ownMetrics: 'all',
      env: [{ name: 'AWS_EC2_METADATA_DISABLED', value: 'true' }],
      ...agent,
    },
    collector: {
      image: { repository: 'localhost/otelcol', tag: 'test', pullPolicy: 'Never' },
      env: Object.entries(workspace.env).map(([name, value]) => ({ name, value })),
      ...collector,
    },
  }
}

/** Runs Helm in the cluster's network. */
export async function helmed(
  { helm, cluster }: Pick<Bench, 'helm' | 'cluster'>,
  args: readonly string[],
  given?: Values,
): Promise<string> {
  using file = valuesFile(given ?? {})
  const command = [helm, '--kubeconfig', cluster.kubeconfig, '--namespace', 'ena-otel', ...args]
  const { status, stdout, stderr } = await run(cluster.command(given ? [...command, '--values', file.path] : command))
  if (status === 0) return stdout
  const pods = await cluster.kubectl(['-n', 'ena-otel', 'get', 'pods,events']).catch(String)
  const logs = await cluster
    .kubectl([
      '-n',
      'ena-otel',
      'logs',
      '--all-containers',
      '--prefix',
      '--tail=15',
      '-l',
      'app.kubernetes.io/name=ena-otel',
    ])
    .catch(String)
  throw new Error(`helm ${args[0]} ended with ${status}\n${stdout}${stderr}\n${pods}\n${logs}`)
}

export const install = ['install', 'ena-otel', CHART, '--wait', '--timeout', '90s']

/** Series of that cluster that have a sample younger than `since`. */
export async function arrives(
  { workspace }: Bench,
  clusterName: string,
  patienceMs = 60_000,
): Promise<Readonly<Record<string, string>>> {
  const selector = `system_network_io_bytes_total{k8s_cluster_name="${clusterName}"}`
  const since = Date.now() / 1000
  const recent = `timestamp(${selector}) > ${since}`
  const [series] = await workspace.waitFor(recent, (found) => found.length > 0, patienceMs)
  return series!.labels
}

const nothing = ['configmap/kube-root-ca.crt', 'serviceaccount/default']

async function objectsLeft({ cluster }: Bench): Promise<readonly string[]> {
  const kinds = 'all,configmap,serviceaccount,poddisruptionbudget,secret,networkpolicy'
  const left = await cluster.kubectl(['-n', 'ena-otel', 'get', kinds, '-o', 'name'])
  return left.trim().split('\n').toSorted()
}

export async function uninstall(here: Bench): Promise<void> {
  await helmed(here, ['uninstall', 'ena-otel', '--wait', '--timeout', '90s'])
  await here.cluster.kubectl(['-n', 'ena-otel', 'delete', 'pod', '-l', 'app.kubernetes.io/component=test'])
  await expect.poll(() => objectsLeft(here), { timeout: 60_000 }).toEqual(nothing)
}
