// A cluster as tests of the agent need it: with images, a NIC and namespaces.
import { output } from '../harness/command.ts'
import type { Image } from '../image/buildah.ts'
import { namespace } from './agent-objects.ts'
import { type Cluster, cluster } from './cluster.ts'

export interface Preparation {
  readonly images: readonly Image[]
  /** Arguments of `ip` on the node, a command each. */
  readonly nic: readonly string[]
  /** Namespaces, with their level of Pod security. */
  readonly namespaces: Readonly<Record<string, Parameters<typeof namespace>[1]>>
}

/** Starts it. What failed to be prepared leaves no cluster behind. */
export async function preparedCluster({ images, nic, namespaces }: Preparation): Promise<Cluster> {
  await using parts = new AsyncDisposableStack()
  const running = parts.use(await cluster())
  for (const { archive } of images) await running.loadImage(archive)
  for (const line of nic) await output(running.command(['ip', ...line.split(' ')]))
  await running.apply(Object.entries(namespaces).map(([name, level]) => namespace(name, level)))
  parts.move()
  return running
}
