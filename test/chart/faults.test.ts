// What can go wrong with an installed chart on a real Kubernetes, and what docs/troubleshooting.md says about it. In each case the workspace has
// afterwards what the kernel of the node has counted: no increase is lost, and none is invented.
import { afterAll, beforeAll, expect, test } from 'vitest'

import { limitToUsage } from '../cluster/cgroups.ts'
import { newAuthority } from '../harness/certificates.ts'
import { CHART } from './chart.ts'
import { arrives, type Bench, helmed, installationBench, values } from './installation.ts'
import { type Comparison, narrowNic, underBursts } from './node-drops.ts'
import { previousCommit } from './previous-commit.ts'

const NAME = 'faulty'
const TLS = 'collector-tls'

let bench: Bench | undefined
let secret: object | undefined
beforeAll(async () => {
  bench = await installationBench()
  await narrowNic(bench)
  const authority = newAuthority('ena-otel test authority')
  const { certificate, key } = authority.server({ commonName: 'collector' }, ['ena-otel-collector.ena-otel.svc'])
  const stringData = { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority.certificate }
  secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: TLS, namespace: 'ena-otel' }, stringData }
  await bench.cluster.apply([secret])
})
afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
})

function there(): Bench {
  if (bench === undefined) throw new TypeError('beforeAll makes it')
  return bench
}

/** The values of all tests. @param image of the agent */
function given(here: Bench, image: object = {}): object {
  const { agent, ...others } = values(here, NAME, { replicas: 1 })
  const ours = { repository: 'localhost/ena-otel', tag: 'test', pullPolicy: 'IfNotPresent' }
  return { ...others, agent: { ...agent, image: { ...ours, ...image } }, tls: { source: 'secret', secretName: TLS } }
}

const patience = ['--wait', '--timeout', '90s']

/** The chart of this commit is installed, and its numbers arrive. */
async function installed(): Promise<Bench> {
  const here = there()
  await helmed(here, ['upgrade', '--install', 'ena-otel', CHART, ...patience], given(here))
  await arrives(here, NAME)
  return here
}

function kubectl(...args: readonly string[]): Promise<string> {
  return there().cluster.kubectl(['-n', 'ena-otel', ...args])
}

const AGENTS = ['-l', 'app.kubernetes.io/component=agent']
const agentPod = (path: string): Promise<string> =>
  kubectl('get', 'pods', ...AGENTS, '-o', `jsonpath={.items[*]${path}}`)

/** All was counted once. Prints what became of the detail. */
function expectComplete(event: string, { kernel, stored, inTime, bursts }: Comparison): void {
  process.stdout.write(
    `${event}: ${stored} of ${kernel} drops stored, ${inTime} of ${bursts} bursts at their own times\n`,
  )
  expect(kernel).toBeGreaterThan(0)
  expect(stored).toBe(kernel)
}

test('an upgrade from the previous commit, and its rollback', { timeout: 300_000 }, async () => {
  const here = there()
  const previous = await previousCommit()
  await here.cluster.loadImage(previous.image.archive)
  await helmed(here, ['install', 'ena-otel', previous.chart, ...patience], given(here, { tag: previous.tag }))
  await arrives(here, NAME)
  const compared = await underBursts(here, NAME, async () => {
    await helmed(here, ['upgrade', 'ena-otel', CHART, ...patience], given(here))
    await arrives(here, NAME)
    await helmed(here, ['rollback', 'ena-otel', ...patience])
    await arrives(here, NAME)
  })
  expect(await agentPod('.spec.containers[0].image')).toBe(previous.image.reference)
  expectComplete(`upgrade from "${previous.commit}" and rollback`, compared)
})

test('a kubelet that restarts', { timeout: 200_000 }, async () => {
  const here = await installed()
  const state = '{.items[*].metadata.uid} {.items[*].status.containerStatuses[*].restartCount}'
  const pods = (): Promise<string> => kubectl('get', 'pods', '-o', `jsonpath=${state}`)
  const before = await pods()
  const compared = await underBursts(here, NAME, () => here.cluster.restartKubelet(() => arrives(here, NAME)))
  expectComplete('kubelet restarted', compared)
  expect(compared.wrong).toEqual([])
  expect(await pods()).toBe(before)
})

test('an agent that runs out of memory', { timeout: 200_000 }, async () => {
  const here = await installed()
  const id = await agentPod('.status.containerStatuses[0].containerID')
  const compared = await underBursts(here, NAME, async () => {
    limitToUsage(here.cluster.nodeName, id.replace('containerd://', ''))
    // Another process needs memory. Of the two, the kernel kills the larger one.
    await kubectl('exec', 'daemonset/ena-otel-agent', '--', 'node', '--version').catch(String)
    const reason = (): Promise<string> => agentPod('.status.containerStatuses[0].lastState.terminated.reason')
    await expect.poll(reason, { timeout: 60_000 }).toBe('OOMKilled')
    await kubectl('rollout', 'status', 'daemonset/ena-otel-agent', '--timeout=90s')
    await arrives(here, NAME)
  })
  expectComplete('agent killed for lack of memory', compared)
  expect(await agentPod('.status.containerStatuses[0].restartCount')).toBe('1')
})

/** A second node, with room for a pod and without a kubelet. */
const OTHER = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'other', labels: { 'kubernetes.io/os': 'linux' } } }
const ROOM = { status: { allocatable: { cpu: '1', memory: '1Gi', pods: '10' } } }

test('an image that cannot be pulled', { timeout: 200_000 }, async () => {
  const here = await installed()
  await here.cluster.apply([OTHER])
  await kubectl('patch', 'node', 'other', '--subresource=status', '--patch', JSON.stringify(ROOM))
  const images = async (): Promise<readonly string[]> => {
    const format = '{range .items[*]}{.spec.nodeName} {.spec.containers[0].image}{"\\n"}{end}'
    return (await kubectl('get', 'pods', ...AGENTS, '-o', `jsonpath=${format}`)).trim().split('\n').toSorted()
  }
  const own = `${here.cluster.nodeName} localhost/ena-otel:test`
  await expect.poll(images, { timeout: 30_000 }).toEqual([own, 'other localhost/ena-otel:test'])
  const removeOther = async (): Promise<void> => {
    const pod = await kubectl('get', 'pods', '--field-selector', 'spec.nodeName=other', '-o', 'name')
    await kubectl('delete', pod.trim(), '--force', '--grace-period=0') // there is no kubelet that ends it
  }
  const compared = await underBursts(here, NAME, async () => {
    await helmed(here, ['upgrade', 'ena-otel', CHART], given(here, { tag: 'missing' }))
    await removeOther()
    await expect.poll(images, { timeout: 30_000 }).toEqual([own, 'other localhost/ena-otel:missing'])
    await arrives(here, NAME)
    expect(await images()).toContain(own) // one of two nodes may be without an agent

    await kubectl('delete', 'node', 'other')
    await removeOther()
    const waiting = (): Promise<string> => agentPod('.status.containerStatuses[*].state.waiting.reason')
    await expect.poll(waiting, { timeout: 60_000 }).toMatch(/^(ErrImagePull|ImagePullBackOff)$/)
    await helmed(here, ['rollback', 'ena-otel', ...patience])
    await arrives(here, NAME)
  })
  expectComplete('image missing, then rolled back', compared)
})

test('a Secret that is gone', { timeout: 200_000 }, async () => {
  const here = await installed()
  const compared = await underBursts(here, NAME, async () => {
    await kubectl('delete', 'secret', TLS)
    await arrives(here, NAME)
    await kubectl('delete', 'pod', ...AGENTS)
    const events = ['get', 'events', '--field-selector', 'reason=FailedMount', '-o', 'jsonpath={.items[*].message}']
    await expect.poll(() => kubectl(...events), { timeout: 60_000 }).toContain(`secret "${TLS}" not found`)
    await here.cluster.apply([secret!])
    await kubectl('rollout', 'status', 'daemonset/ena-otel-agent', '--timeout=90s')
    await arrives(here, NAME)
  })
  expectComplete('Secret deleted, then created again', compared)
})

test('a role that is denied (403), then allowed again', { timeout: 200_000 }, async () => {
  const here = await installed()
  const compared = await underBursts(here, NAME, async () => {
    here.workspace.fail(403)
    const isRefused = ({ status }: { readonly status: number | undefined }): boolean => status === 403
    await here.workspace.answersWhen((answers) => answers.filter(isRefused).length > 4)
    await here.workspace.recover()
    await arrives(here, NAME)
  })
  expectComplete('denied, then allowed', compared)
  expect(await kubectl('logs', 'daemonset/ena-otel-agent')).toContain(
    "export failed: Permanent error: remote write request failed (status 13): the store refuses them; the collector's log has its status and reason; these points are dropped",
  )
  expect(await kubectl('logs', 'deployment/ena-otel-collector')).toContain('"status_code":403')
})
