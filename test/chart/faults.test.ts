// What can go wrong with an installed chart on a real Kubernetes, and what docs/troubleshooting.md says about it. In each case the workspace has
// afterwards what the kernel of the node has counted: no increase is lost, and none is invented.
import { afterAll, beforeAll, expect, test } from 'vitest'

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
