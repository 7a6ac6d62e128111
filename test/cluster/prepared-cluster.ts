// A cluster as tests of the agent need it: with images, a NIC and namespaces.
import { output } from '../harness/command.ts'
import type { Image } from '../image/buildah.ts'
import { type Cluster, cluster } from './cluster.ts'

export interface Preparation {
  readonly images: readonly Image[]
  /** Arguments of `ip` on the node, a command each. */
  readonly nic: readonly string[]
  /** Namespaces, each with its level of Pod Security: hostNetwork needs `privileged`. */
  readonly namespaces: Readonly<Record<string, 'privileged' | 'baseline'>>
}

/** Starts it. A failed preparation leaves no cluster behind. */
export async function preparedCluster({ images, nic, namespaces }: Preparation): Promise<Cluster> {
  await using parts = new AsyncDisposableStack()
  const running = parts.use(await cluster())
  for (const { archive } of images) await running.loadImage(archive)
  for (const line of nic) await output(running.command(['ip', ...line.split(' ')]))
  await running.apply(
    Object.entries(namespaces).map(([name, level]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': level } },
    })),
  )
  parts.move()
  return running
}
