// The agent as a DaemonSet of a real Kubernetes, with the hardening of DESIGN.md, and what reaches a real collector.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { output } from '../command.ts'
import { agentImage } from '../image/agent-image.ts'
import type { Image } from '../image/buildah.ts'
import { differences } from '../kernel-counters.ts'
import { type NotHere, orSkip } from '../not-here.ts'
import { type Collector, collector } from '../otelcol.ts'
import { type FlatPoint, flatPoints } from '../points.ts'
import { agentDaemonSet, type AgentOptions, namespace } from './agent-objects.ts'
import { type Cluster, cluster } from './cluster.ts'

interface Bench extends AsyncDisposable {
  readonly image: Image
  readonly cluster: Cluster
  /** In the network of the cluster. */
  readonly collector: Collector
}

let bench: Bench | NotHere | undefined
beforeAll(async () => {
  bench = await setUp()
})
afterAll(async () => {
  if (bench !== undefined && !('notHere' in bench)) await bench[Symbol.asyncDispose]()
})

/** A cluster with a NIC, a collector, and the agent's DaemonSet. */
async function setUp(): Promise<Bench | NotHere> {
  await using made = new AsyncDisposableStack()
  const image = await agentImage()
  if ('notHere' in image) return image
  const running = await cluster()
  if ('notHere' in running) return running
  made.use(running)
  const target = await collector({ within: (command) => running.command(command) })
  if ('notHere' in target) return target
  made.use(target)
  await running.loadImage(image.archive)
  for (const line of nic) await output(running.command(['ip', ...line.split(' ')]))
  const parts = { image, cluster: running, collector: target }
  await running.apply([namespace('ena-otel', 'privileged'), agent(parts, { namespace: 'ena-otel' })])
  const all = made.move()
  return { ...parts, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

// The node's one NIC, with a neighbour who never says anything: what leaves is what we send.
const nic = [
  'link add nic0 type veth peer name nic0-peer',
  'link set nic0 addrgenmode none',
  'link set nic0-peer addrgenmode none',
  'link set nic0 up',
  'link set nic0-peer up',
  'address add 192.0.2.1/24 dev nic0',
  'neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev nic0',
]

function agent(
  { image, collector: { grpcEndpoint } }: Pick<Bench, 'image' | 'collector'>,
  options: Pick<AgentOptions, 'namespace' | 'hostNetwork' | 'healthPort'>,
): object {
  const common = { image: image.reference, endpoint: grpcEndpoint, include: ['nic0'], clusterName: 'blue' }
  return agentDaemonSet({ ...common, ...options })
}

function there(skip: (reason: string) => never): Bench {
  if (bench === undefined) throw new TypeError('beforeAll makes it')
  return orSkip(bench, skip)
}

test("a DaemonSet of the agent becomes Ready, and its node's counters reach the collector under its node's name", async ({
  skip,
}) => {
  const here = there(skip)
  await here.cluster.kubectl(rollout('ena-otel'))
  const sent = await send(here.cluster, 100)
  const before = await statistics(here.cluster)
  const points = await pointsAfter(here.collector, Date.now())
  const after = await statistics(here.cluster)
  expect(differences(points, before, after)).toEqual([])
  expect(last(points, 'system.network.packet.count', 'transmit')).toBe(sent)
  const [{ resource } = { resource: {} }] = points
  expect(resource).toMatchObject({
    'service.name': 'ena-otel',
    'service.instance.id': here.cluster.nodeName,
    'k8s.node.name': here.cluster.nodeName,
    'k8s.cluster.name': 'blue',
  })
  process.stdout.write(`DaemonSet: ${after.size} counters of nic0 arrived as they are in /sys\n`)
})

test("the agent's process has no right, no file to write and no token", async ({ skip }) => {
  const here = there(skip)
  await here.cluster.kubectl(rollout('ena-otel'))
  const pod = await here.cluster.kubectl(['-n', 'ena-otel', 'get', 'pod', '-o', 'jsonpath={.items[0].metadata.name}'])
  const program = `
    const fs = require('fs')
    const status = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t')))
    const refused = (path) => { try { fs.writeFileSync(path, ''); return 'written' } catch ({ code }) { return code } }
    const { Uid, CapEff, CapBnd, NoNewPrivs, Seccomp } = status
    console.log(JSON.stringify({
      Uid: Uid.split('\\t')[0], CapEff, CapBnd, NoNewPrivs, Seccomp,
      root: refused('/x'), tmp: refused('/dev/x'), token: fs.existsSync('/var/run/secrets'),
      processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
      interfaces: fs.readdirSync('/sys/class/net').includes('nic0'),
    }))
  `
  const told = await here.cluster.kubectl(['-n', 'ena-otel', 'exec', pod, '--', '/usr/bin/node', '-e', program])
  expect(JSON.parse(told)).toEqual({
    Uid: '65534',
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    NoNewPrivs: '1',
    Seccomp: '2', // a filter: containerd's default
    root: 'EROFS',
    tmp: 'EACCES', // a tmpfs of root's
    token: false,
    processes: 2, // the agent and this one: not the host's
    interfaces: true,
  })
})

test('a rolling restart of the DaemonSet goes on counting where it was', async ({ skip }) => {
  const here = there(skip)
  await here.cluster.kubectl(rollout('ena-otel'))
  const sentBefore = await send(here.cluster, 1)
  const earlier = await pointsAfter(here.collector, Date.now())
  const start = performance.now()
  await here.cluster.kubectl(['-n', 'ena-otel', 'rollout', 'restart', 'daemonset/ena-otel'])
  await here.cluster.kubectl(rollout('ena-otel'))
  process.stdout.write(`DaemonSet: restarted after ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  const sent = await send(here.cluster, 10)
  const points = await pointsAfter(here.collector, Date.now())
  expect(sent).toBe(sentBefore + 10)
  expect(last(points, 'system.network.packet.count', 'transmit')).toBe(sent)
  expect(differences(points, await statistics(here.cluster), await statistics(here.cluster))).toEqual([])
  expect(seriesOf(points)).toEqual(seriesOf(earlier)) // the same series, with the same start
})

test('an agent without hostNetwork does not become Ready, and says what is missing', async ({ skip }) => {
  const here = there(skip)
  const name = 'pod-network'
  const kubectl = (...args: readonly string[]): Promise<string> => here.cluster.kubectl(['-n', name, ...args])
  // A port of its own: on that of the other DaemonSet, the other agent would answer the kubelet for it.
  const daemonSet = agent(here, { namespace: name, hostNetwork: false, healthPort: 8414 })
  await here.cluster.apply([namespace(name, 'privileged'), daemonSet])
  const program = `fetch('http://127.0.0.1:8414/readyz').then(async (r) => console.log(r.status, await r.text()))`
  await vi.waitFor(
    async () => {
      const problem =
        "only a pod's own network is in sight (eth0: veth), not the node's: set hostNetwork: true on the pod"
      expect(await kubectl('logs', 'daemonset/ena-otel')).toContain(problem)
      expect(await kubectl('exec', 'daemonset/ena-otel', '--', '/usr/bin/node', '-e', program)).toContain(
        `503 ${problem}`,
      )
      expect(await kubectl('get', 'events')).toMatch(
        /Unhealthy +pod\/\S+ +Startup probe failed: .*127\.0\.0\.1:8414.*refused/,
      )
    },
    { timeout: 25_000, interval: 250 },
  )
  const ready = '{.status.numberReady} of {.status.desiredNumberScheduled}'
  expect(await kubectl('get', 'daemonset/ena-otel', '-o', `jsonpath=${ready}`)).toBe('0 of 1')
  await kubectl('delete', 'daemonset/ena-otel')
})

test('a namespace with Pod Security baseline refuses the agent and names what it refuses', async ({ skip }) => {
  const here = there(skip)
  await here.cluster.apply([namespace('baseline', 'baseline'), agent(here, { namespace: 'baseline' })])
  const events = ['get', 'events', '--field-selector', 'reason=FailedCreate', '-o', 'jsonpath={.items[0].message}']
  await vi.waitFor(
    async () =>
      expect(await here.cluster.kubectl(['-n', 'baseline', ...events])).toMatch(
        /forbidden: violates PodSecurity "baseline:latest": host namespaces \(hostNetwork=true\), probe or lifecycle host/,
      ),
    { timeout: 20_000, interval: 250 },
  )
  await here.cluster.kubectl(['-n', 'baseline', 'delete', 'daemonset/ena-otel'])
})

function rollout(name: string): readonly string[] {
  return ['-n', name, 'rollout', 'status', 'daemonset/ena-otel', '--timeout=25s']
}

/** Sends packets out of the node's NIC; how many have ever left it then. */
async function send(node: Cluster, packets: number): Promise<number> {
  await output(node.command(['bash', '-c', `for ((i = 0; i < ${packets}; i++)); do echo > /dev/udp/192.0.2.2/9; done`]))
  return Number((await node.exec(['cat', '/sys/class/net/nic0/statistics/tx_packets'])).stdout)
}

/** What /sys on the node says of its NIC, by the names that the agent gives it. */
async function statistics(node: Cluster): Promise<ReadonlyMap<string, bigint>> {
  const program = `
    import { statisticsNow } from ${JSON.stringify(join(import.meta.dirname, '..', 'kernel-counters.ts'))}
    console.log(JSON.stringify([...statisticsNow('nic0')].map(([series, value]) => [series, String(value)])))
  `
  const { stdout, stderr } = await node.exec([process.execPath, '--input-type=module', '-e', program])
  if (stdout === '') throw new Error(stderr)
  const entries: readonly (readonly [string, string])[] = JSON.parse(stdout)
  return new Map(entries.map(([series, value]) => [series, BigInt(value)]))
}

/** All points up to an export that was read after `timeMs`. */
async function pointsAfter(target: Collector, timeMs: number): Promise<readonly FlatPoint[]> {
  const isLater = (point: FlatPoint): boolean => point.timeMs > timeMs && point.metric === 'system.network.io'
  return flatPoints(await target.receivedWhen((requests) => flatPoints(requests).some(isLater)))
}

function last(points: readonly FlatPoint[], metric: string, direction: string): number | undefined {
  const wanted = points.filter((p) => p.metric === metric && p.attributes['network.io.direction'] === direction)
  return wanted.at(-1)?.value
}

/** Each counter of an interface as one text, with the time since which it counts and whose it is. */
function seriesOf(points: readonly FlatPoint[]): readonly string[] {
  const ofInterfaces = points.filter(({ attributes }) => 'network.interface.name' in attributes)
  const texts = ofInterfaces.map(({ metric, attributes, startMs, resource }) =>
    JSON.stringify([metric, attributes, startMs, resource]),
  )
  return [...new Set(texts)].sort()
}
