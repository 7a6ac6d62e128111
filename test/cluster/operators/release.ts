// The chart as a release on a cluster of a test.
import { output } from '../../harness/command.ts'
import { CHART, valuesFile, type Values } from '../../chart/chart.ts'
import { helm } from '../../tools/helm.ts'
import type { Cluster } from '../cluster.ts'

/** The namespace of the release. */
export const NAMESPACE = 'ena-otel'

/** The NIC whose counters the agent reads, for `preparedCluster`. */
export const NIC = ['link add nic0 type veth peer name nic0-peer', 'link set nic0 up', 'link set nic0-peer up'] as const

/** What the machine of a test asks for: its images and its NIC. */
export const HERE = {
  agent: {
    image: { repository: 'localhost/ena-otel', tag: 'test', pullPolicy: 'Never' },
    include: ['nic0'],
    exportInterval: '1s',
    env: [{ name: 'AWS_EC2_METADATA_DISABLED', value: 'true' }],
  },
  collector: { image: { repository: 'localhost/otelcol', tag: 'test', pullPolicy: 'Never' }, replicas: 1 },
} as const

/** Installs or upgrades it, without waiting for its pods. @throws what Helm says */
export async function release(cluster: Cluster, values: Values): Promise<void> {
  const programs = await helm()
  using file = valuesFile(values)
  const flags = ['--kubeconfig', cluster.kubeconfig, '--namespace', NAMESPACE, '--values', file.path]
  await output(cluster.command([programs.helm, 'upgrade', '--install', 'ena-otel', CHART, ...flags]))
}
