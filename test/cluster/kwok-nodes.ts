// Nodes without a machine: kwok plays their kubelets, so a cluster has as many nodes as a test asks for. Their pods run nothing.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { serverProcess } from '../amp/server-process.ts'
import { kwok } from '../tools/kwok.ts'
import type { Cluster } from './cluster.ts'

const MARK = 'kwok.x-k8s.io/node'

/** What happens to an object, each in a file of kwok's. A pod runs at once, and a deleted one is gone at once. */
const STAGES = [
  'node/fast/node-initialize.yaml',
  'node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
  'pod/fast/pod-ready.yaml',
  'pod/fast/pod-delete.yaml',
]

/**
 * Adds the nodes `node-0`, `node-1`, … to the cluster, all Ready. Only pods that tolerate their taint come to them. Disposing of them
 * removes them.
 */
export async function kwokNodes(cluster: Cluster, count: number): Promise<AsyncDisposable> {
  const { kwok: program, stages } = await kwok()
  await using parts = new AsyncDisposableStack()
  parts.use(
    await serverProcess({
      name: 'kwok',
      command: () => {
        const files = STAGES.map((file) => `--config=${join(stages, file)}`)
        // A lease is renewed after a quarter of its time, and a node without news for 50 s is not Ready.
        const leases = '--node-lease-duration-seconds=120'
        const managed = `--manage-nodes-with-annotation-selector=${MARK}=fake`
        return cluster.command([program, `--kubeconfig=${cluster.kubeconfig}`, ...files, leases, managed])
      },
      ready: (line) => (line.includes('"Watch nodes"') ? true : undefined),
    }),
  )
  await cluster.kubectl(['create', '-f', '-'], JSON.stringify(list(count)))
  parts.defer(async () => {
    await cluster.kubectl(['delete', 'node', '-l', MARK, '--wait=false'])
  })
  await ready(cluster, count)
  const owned = parts.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Polls, because `kubectl wait` asks for one node after the other: 1,000 take it two minutes. */
async function ready(cluster: Cluster, count: number): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  const statuses = [
    'get',
    'node',
    '-l',
    MARK,
    '-o',
    'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
  ]
  for (;;) {
    const found = (await cluster.kubectl(statuses)).split(' ').filter((status) => status === 'True').length
    if (found === count) return
    if (performance.now() > deadline) throw new Error(`${found} of ${count} nodes are Ready after ${PATIENCE_MS} ms`)
    await wait(200)
  }
}

const PATIENCE_MS = 120_000

function list(count: number): object {
  return { apiVersion: 'v1', kind: 'List', items: Array.from({ length: count }, (_, number) => node(`node-${number}`)) }
}

function node(name: string): object {
  const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': name, [MARK]: 'fake' }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations: { [MARK]: 'fake' } },
    spec: { taints: [{ key: MARK, value: 'fake', effect: 'NoSchedule' }] },
  }
}
