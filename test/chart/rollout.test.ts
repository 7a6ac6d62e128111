// How new pods replace old ones, and how many old revisions are kept.
import { beforeAll, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { complaint, FIVE_LINES, objectOf, objects, type Values } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const claim = { enabled: true, volume: { persistentVolumeClaim: { claimName: 'wal' } } }
const values = (collector: object): Values => ({ ...FIVE_LINES, collector })
const BY_DEFAULT = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
const PLACES = [
  ['deployment', 'Deployment', 'strategy'],
  ['operator', 'OpenTelemetryCollector', 'deploymentUpdateStrategy'],
] as const

test.for(PLACES)('mode %s: collector.updateStrategy is that of the %s', async ([mode, kind, field]) => {
  for (const updateStrategy of [
    { type: 'Recreate' },
    { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%' } },
    { rollingUpdate: { maxUnavailable: 1 } },
  ]) {
    const all = await objects(values({ mode, updateStrategy }))
    expect(objectOf(all, kind)['spec'][field]).toEqual(updateStrategy)
  }
})

test.for(PLACES)('mode %s: without one, a claim makes it Recreate', async ([mode, kind, field]) => {
  const plain = objectOf(await objects(values({ mode })), kind)['spec'][field]
  expect(plain).toEqual(mode === 'deployment' ? BY_DEFAULT : undefined) // RollingUpdate is the operator's default
  const all = await objects(values({ mode, replicas: 1, wal: claim }))
  expect(objectOf(all, kind)['spec'][field]).toEqual({ type: 'Recreate' })
})

test('revisionHistoryLimit is that of Deployment and DaemonSet', async () => {
  const limit = { revisionHistoryLimit: 0 }
  const all = await objects({ ...FIVE_LINES, agent: limit, collector: { revisionHistoryLimit: 3 } })
  expect(objectOf(all, 'DaemonSet')['spec'].revisionHistoryLimit).toBe(0)
  expect(objectOf(all, 'Deployment')['spec'].revisionHistoryLimit).toBe(3)
})

test.for([
  [
    'a rolling update of pods that share a claim',
    { replicas: 1, wal: claim, updateStrategy: { rollingUpdate: { maxSurge: 1 } } },
    'collector.updateStrategy starts a new pod before the old one stops, but collector.wal.volume is a claim, which two pods must not write to: set type to Recreate, or remove the strategy',
  ],
  [
    'Recreate with the numbers of a rolling update',
    { updateStrategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } },
    'collector.updateStrategy has rollingUpdate, but its type is Recreate: remove one of them',
  ],
  [
    'a strategy of a sidecar',
    { mode: 'sidecar', updateStrategy: { type: 'Recreate' } },
    'collector.updateStrategy needs a separate collector, but collector.mode is sidecar: remove it (with sidecar, agent.updateStrategy applies)',
  ],
  [
    'a type that a Deployment does not have',
    { updateStrategy: { type: 'OnDelete' } },
    /at '\/collector\/updateStrategy\/type': value must be one of 'RollingUpdate', 'Recreate'/,
  ],
] as const)('%s is refused', async ([, collector, sentence]) => {
  expect(await complaint(values(collector))).toEqual(
    typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
  )
})
