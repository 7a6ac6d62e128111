// A real Kubernetes of one node for a test, in namespaces of its own: kubectl, images, the node's shell, and nothing left after.
import { setTimeout } from 'node:timers/promises'
import { join } from 'node:path'
import { output, run, type CommandOptions, type Outcome } from '../harness/command.ts'
import type { Image } from '../image/buildah.ts'
import { pause } from '../image/busybox.ts'
import { kube, type KubeProgram } from '../tools/kube.ts'
import { ADDRESS } from './address.ts'
import { type Daemon, daemons } from './daemons.ts'
import { writeKeys } from './keys.ts'
import { folderOf, newName } from './name.ts'
import { nodePrograms } from './node-programs.ts'
import { type Node, startNode } from './node.ts'
import { requireNamespaces, requireNode } from './privileges.ts'
import { removeStale } from './remove.ts'
import { writeSettings } from './settings.ts'

export interface Cluster extends AsyncDisposable {
  readonly nodeName: string
  /** Of the node, from inside only: nothing leads in or out. */
  readonly nodeAddress: string
  /** The administrator's. It holds for programs that run in the network of the cluster. */
  readonly kubeconfig: string
  /** What kubectl prints. Rejects, with all it printed, unless it exits with 0. */
  kubectl(args: readonly string[], input?: string): Promise<string>
  /** Applies objects, or YAML. */
  apply(manifest: string | readonly object[]): Promise<string>
  /** Resolves when the API server serves every CustomResourceDefinition that was applied. */
  definitionsEstablished(): Promise<void>
  /** The command that runs `command` in the cluster's network, with the files of this machine: helm, a collector. */
  command(command: readonly string[]): readonly string[]
  /** Runs a command as on the node, whose /sys shows the node's interfaces. */
  exec(command: readonly string[], options?: CommandOptions): Promise<Outcome>
  /** Gives the node the image of a docker-archive. Pods get it with `imagePullPolicy: Never`. */
  loadImage(archive: string): Promise<void>
  /** Ends the kubelet, starts it again after `meanwhile`, and resolves when it is healthy. */
  restartKubelet(meanwhile: () => Promise<unknown>): Promise<void>
  /** The last lines of every daemon's log. */
  logs(lines?: number): string
  /** Ends and removes all of it: processes, namespaces, mounts, cgroups, files. */
  remove(): Promise<void>
}

/**
 * Starts a cluster: its node is Ready and pods can be made. Several can run side by side. Removes those that processes left
 * behind which are no more. Builds and fetches programs and images first where that has never been done.
 *
 * @throws Error with the logs of the daemons
 */
export async function cluster(): Promise<Cluster> {
  const parts = await clusterParts()
  await removeStale()
  const name = newName()
  const node = await startNode(name, parts.usr)
  try {
    return await start(name, node, parts)
  } catch (error) {
    const logs = node.logs()
    await node.remove()
    throw new Error(`the cluster did not start:\n${logs}`, { cause: error })
  }
}

/** What every cluster is made from: a `beforeAll`, because the first time it takes many minutes. */
export async function clusterParts(): Promise<Parts> {
  requireNamespaces()
  const usr = await nodePrograms()
  await requireNode(usr)
  return { usr, pauseImage: await pause(), programs: await kube() }
}

export interface Parts {
  readonly usr: string
  readonly pauseImage: Image
  readonly programs: Readonly<Record<KubeProgram, string>>
}

async function start(name: string, node: Node, { pauseImage, programs }: Parts): Promise<Cluster> {
  const folder = folderOf(name)
  writeKeys(join(folder, 'keys'), name)
  writeSettings(folder, name)
  const { first, afterApiServer } = daemons(programs, folder, name)
  const kubelet = afterApiServer.find((daemon) => daemon.name === 'kubelet')!
  const made = handle(name, node, programs.kubectl, kubelet)
  for (const daemon of first) node.start(daemon)
  await until('containerd listens', () => run(node.onNode(['test', '-S', ADDRESS.containerd])))
  await made.loadImage(pauseImage.archive) // before the kubelet, which wants it for every pod
  const kubectl = kubectlCommand(name, node, programs.kubectl)
  await until('the API server is ready', () => run(kubectl(['get', '--raw', '/readyz'])))
  for (const daemon of afterApiServer) node.start(daemon)
  for (const [condition, object] of [
    ['create', `node/${name}`],
    ['condition=Ready', `node/${name}`],
    ['create', 'serviceaccount/default'], // without it no pod is admitted
  ]) {
    await made.kubectl(['wait', `--for=${condition}`, `${object}`, '--timeout=60s'])
  }
  return made
}

function handle(name: string, node: Node, program: string, kubelet: Daemon): Cluster {
  const kubectl = kubectlCommand(name, node, program)
  return {
    nodeName: name,
    nodeAddress: ADDRESS.node,
    kubeconfig: kubeconfigOf(name),
    kubectl: (args, input = '') => output(kubectl(args), { input }),
    apply: (manifest) => output(kubectl(['apply', '-f', '-']), { input: asText(manifest) }),
    definitionsEstablished: () =>
      // Again and again: kubectl wait fails where a definition has `conditions: null` until the API server has written them.
      until('the definitions are established', () =>
        run(kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])),
      ),
    command: node.inNetwork,
    exec: (command, options) => run(node.onNode(command), options),
    loadImage: async (archive) => {
      await output(node.onNode(['ctr', '--namespace', 'k8s.io', 'images', 'import', archive])) // the kubelet's namespace
    },
    restartKubelet: async (meanwhile) => {
      await node.stop(kubelet)
      await meanwhile()
      node.start(kubelet)
      const healthz = `/api/v1/nodes/${name}/proxy/healthz`
      await until('the kubelet is healthy', () => run(kubectl(['get', '--raw', healthz])))
    },
    logs: node.logs,
    remove: node.remove,
    [Symbol.asyncDispose]: node.remove,
  }
}

function kubeconfigOf(name: string): string {
  return join(folderOf(name), 'keys', 'admin.kubeconfig')
}

type Command = (args: readonly string[]) => readonly string[]

function kubectlCommand(name: string, node: Node, program: string): Command {
  const own = ['--kubeconfig', kubeconfigOf(name), '--cache-dir', join(folderOf(name), 'kubectl')]
  return (args) => node.inNetwork([program, ...own, ...args])
}

function asText(manifest: string | readonly object[]): string {
  return typeof manifest === 'string' ? manifest : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifest })
}

const patienceMs = 60_000

/** Polls, because a starting daemon has no other sign that it is ready. */
async function until(what: string, ask: () => Promise<Outcome>): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const { status, stderr } = await ask()
    if (status === 0) return
    if (performance.now() > deadline) throw new Error(`not within ${patienceMs / 1000} s: ${what} (${stderr.trim()})`)
    await setTimeout(50)
  }
}
