import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { beforeAll, expect, test, vi } from 'vitest'
import { output } from '../harness/command.ts'
import { busybox } from '../image/busybox.ts'
import { makeCgroup, members } from './cgroups.ts'
import { type Cluster, cluster, clusterParts } from './cluster.ts'
import { folderOf } from './name.ts'
import { remove, removeStale } from './remove.ts'
import { machineState, namespacesOf, traces } from './traces.ts'

beforeAll(clusterParts) // the first time, that takes longer than a test may

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'greeter' },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'greeter',
        image: 'localhost/busybox:1',
        imagePullPolicy: 'Never',
        args: ['sh', '-c', 'echo hello from $0; exec sleep infinity', 'a pod'],
      },
    ],
  },
}

test('runs pods in two clusters side by side, and leaves nothing of either', { timeout: 120_000 }, async () => {
  const image = await busybox()
  const before = machineState()
  const start = performance.now()
  const started = await Promise.all([cluster(), cluster()])
  process.stdout.write(`two clusters at once: Ready after ${seconds(start)} s\n`)
  const names: string[] = []
  const namespaces: string[] = []
  {
    await using one = started[0]
    await using other = started[1]
    for (const running of [one, other]) {
      await running.loadImage(image.archive)
      await running.apply([pod])
      await running.kubectl(['wait', '--for=condition=Ready', 'pod/greeter', '--timeout=30s'])
      expect(await answers(running)).toEqual({
        nodes: running.nodeName,
        log: 'hello from a pod\n',
        exec: 'greeter\n',
        throughService: 'ok',
        byDns: '10.96.0.1\n',
      })
      names.push(running.nodeName)
      namespaces.push(...namespacesOf(running))
    }
    for (const name of names) expect(traces(name, namespaces).length).toBeGreaterThan(10)
  }
  expect(namespaces.length).toBeGreaterThan(10) // five of each node, and those of its pod
  expect(names.flatMap((name) => traces(name, namespaces))).toEqual([])
  expect(machineState()).toEqual(before)
})

async function answers(running: Cluster): Promise<object> {
  const lookUp = `
    const resolver = new (require('dns').Resolver)()
    resolver.setServers(['${running.nodeAddress}'])
    resolver.resolve4('kubernetes.default.svc.cluster.local', (error, addresses) => console.log(error ?? addresses[0]))
  `
  return {
    nodes: await running.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']),
    log: await running.kubectl(['logs', 'greeter']),
    exec: await running.kubectl(['exec', 'greeter', '--', 'busybox', 'hostname']),
    throughService: await running.kubectl(['--server=https://10.96.0.1', 'get', '--raw', '/readyz']),
    byDns: await output(running.command([process.execPath, '-e', lookUp])),
  }
}

test('removes a cluster when its process is killed', { timeout: 60_000 }, async () => {
  await clusterParts()
  const program = `
    import { cluster } from ${JSON.stringify(join(import.meta.dirname, 'cluster.ts'))}
    console.log((await cluster()).nodeName)
  `
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    child.kill('SIGKILL')
  }
  const [name = ''] = lines
  expect(name).toMatch(/^ena-otel-kube-\d+-\d+$/)
  await vi.waitFor(() => expect(traces(name, [])).toEqual([]), { timeout: 10_000, interval: 100 })
})

test('removes the cluster of a dead process, and keeps that of a living one', async () => {
  await clusterParts()
  const stale = `ena-otel-kube-${spawnSync('true').pid}-1`
  const living = `ena-otel-kube-${process.pid}-1000`
  await using _ = { [Symbol.asyncDispose]: () => remove(living) }
  const left = spawn('sleep', ['infinity'])
  const ended = once(left, 'exit')
  for (const name of [stale, living]) {
    mkdirSync(join(folderOf(name), 'etcd'), { recursive: true })
    const [procs = ''] = makeCgroup(name)
    if (name === stale) writeFileSync(procs, String(left.pid))
  }
  expect(members(stale)).toEqual([left.pid])
  await removeStale()
  expect(await ended).toEqual([null, 'SIGKILL'])
  expect({ stale: traces(stale, []), living: existsSync(folderOf(living)) }).toEqual({ stale: [], living: true })
})

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1)
}
