// The agent's pod, as the chart renders it, on a real Kubernetes. That its counters arrive is tested in test/chart/install.test.ts.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { objects } from '../chart/chart.ts'
import { agentImage } from '../image/agent-image.ts'
import { helm } from '../tools/helm.ts'
import type { Cluster } from './cluster.ts'
import { preparedCluster } from './prepared-cluster.ts'

const VALUES = {
  clusterName: 'blue',
  agent: {
    image: { repository: 'localhost/ena-otel', tag: 'test', pullPolicy: 'Never' },
    include: ['nic0'],
    env: [{ name: 'AWS_EC2_METADATA_DISABLED', value: 'true' }],
  },
  collector: { mode: 'external', external: { endpoint: 'http://127.0.0.1:4317' } },
}
const nic = ['link add nic0 type veth peer name nic0-peer', 'link set nic0 up', 'link set nic0-peer up']

let cluster: Cluster | undefined
beforeAll(async () => {
  await helm()
  cluster = await preparedCluster({ images: [await agentImage()], nic, namespaces: { 'ena-otel': 'privileged' } })
})
afterAll(async () => {
  await cluster?.remove()
})

/** Runs kubectl in the agent's namespace. */
const kubectl = (...args: readonly string[]): Promise<string> => cluster!.kubectl(['-n', 'ena-otel', ...args])

/** Applies the chart's DaemonSet and what it needs. @param change is made to the pod's specification */
async function apply(change: object): Promise<void> {
  const all = await objects(VALUES)
  const needed = all.filter(({ kind }) => kind === 'DaemonSet' || kind === 'ServiceAccount')
  for (const { kind, spec } of needed) if (kind === 'DaemonSet') Object.assign(spec.template.spec, change)
  await cluster!.apply(needed)
}

const inPod = ['exec', 'daemonset/ena-otel-agent', '--', '/usr/bin/node', '-e']

test("the agent's process has no capability, no writable file and no token", { timeout: 90_000 }, async () => {
  await apply({})
  await kubectl('rollout', 'status', 'daemonset/ena-otel-agent', '--timeout=60s')
  const program = `
    const fs = require('fs')
    const status = Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t')))
    const writing = (path) => { try { fs.writeFileSync(path, ''); return 'written' } catch ({ code }) { return code } }
    const { Uid, CapEff, CapBnd, NoNewPrivs, Seccomp } = status
    console.log(JSON.stringify({
      Uid: Uid.split('\\t')[0], CapEff, CapBnd, NoNewPrivs, Seccomp,
      root: writing('/x'), dev: writing('/dev/x'), token: fs.existsSync('/var/run/secrets'),
      processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length,
      interfaces: fs.readdirSync('/sys/class/net').includes('nic0'),
    }))
  `
  expect(JSON.parse(await kubectl(...inPod, program))).toEqual({
    Uid: '65534',
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    NoNewPrivs: '1',
    Seccomp: '2', // a filter: containerd's default
    root: 'EROFS',
    dev: 'EACCES', // a tmpfs that root owns
    token: false,
    processes: 2, // the agent and this one: not the host's
    interfaces: true,
  })
})

test('an agent without hostNetwork does not become Ready, and says what is missing', { timeout: 90_000 }, async () => {
  await apply({ hostNetwork: false })
  const problem = "only a pod's own network is visible (eth0: veth), not the node's: set hostNetwork: true on the pod"
  const readyz = `fetch('http://127.0.0.1:8413/readyz').then(async (r) => console.log(r.status, await r.text()))`
  await vi.waitFor(
    async () => {
      expect(await kubectl('logs', 'daemonset/ena-otel-agent')).toContain(problem)
      expect(await kubectl(...inPod, readyz)).toContain(`503 ${problem}`)
      expect(await kubectl('get', 'events')).toMatch(/Unhealthy +pod\/\S+ +Startup probe failed: .*127\.0\.0\.1:8413/)
    },
    { timeout: 60_000, interval: 250 },
  )
  const ready = '{.status.numberReady} of {.status.desiredNumberScheduled}'
  expect(await kubectl('get', 'daemonset/ena-otel-agent', '-o', `jsonpath=${ready}`)).toBe('0 of 1')
})
