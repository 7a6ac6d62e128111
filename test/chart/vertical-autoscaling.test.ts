// The VerticalPodAutoscalers: what they may change, and what the queue and the other autoscaler leave to them.
import { beforeAll, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { complaint, FIVE_LINES, type KubernetesObject, objectOf, objects, type Values } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const KIND = 'VerticalPodAutoscaler'
const enabled = (more: object = {}): object => ({ verticalPodAutoscaler: { enabled: true, ...more } })
const of = (all: readonly KubernetesObject[], component: string): KubernetesObject =>
  objectOf(all, KIND, `ena-otel-${component}`)

test('there is none by default', async () => {
  const all = await objects(FIVE_LINES)
  expect(all.map(({ kind }) => kind)).not.toContain(KIND)
})

test('they set the requests of the agent and the collector, and no limit and no other container', async () => {
  const all = await objects({ ...FIVE_LINES, agent: enabled(), collector: enabled({ updateMode: 'Off' }) })
  const common = { controlledResources: ['cpu', 'memory'], controlledValues: 'RequestsOnly' }
  const others = { containerName: '*', mode: 'Off' }
  expect(of(all, 'agent')['spec']).toEqual({
    targetRef: { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'ena-otel-agent' },
    updatePolicy: { updateMode: 'Initial' },
    resourcePolicy: {
      containerPolicies: [{ containerName: 'agent', ...common, minAllowed: { memory: '96Mi' } }, others],
    },
  })
  expect(of(all, 'collector')['spec']).toEqual({
    targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'ena-otel-collector' },
    updatePolicy: { updateMode: 'Off' },
    resourcePolicy: { containerPolicies: [{ containerName: 'collector', ...common }, others] },
  })
})

test("the agent's memory is at least what its full queue needs", async () => {
  const agent = { queueSize: '32MiB', resources: { limits: { memory: '1Gi' } } }
  const minimum = async (more: object): Promise<unknown> => {
    const all = await objects({ ...FIVE_LINES, agent: { ...agent, ...enabled(more) } })
    return of(all, 'agent')['spec'].resourcePolicy.containerPolicies[0].minAllowed
  }
  expect(await minimum({})).toEqual({ memory: '192Mi' })
  expect(await minimum({ minAllowed: { cpu: 1 } })).toEqual({ cpu: '1', memory: '192Mi' })
  expect(await minimum({ minAllowed: { memory: '200Mi' } })).toEqual({ memory: '200Mi' })
})

const collector = (vertical: object, more: object = {}): Values => ({
  collector: { ...enabled(vertical), autoscaling: { enabled: true }, ...more },
})

test('both autoscalers may act on different resources', async () => {
  const all = await objects({ ...FIVE_LINES, ...collector({ controlledResources: ['memory'] }) })
  expect(of(all, 'collector')['spec'].resourcePolicy.containerPolicies[0].controlledResources).toEqual(['memory'])
})

test.for([
  [
    'both autoscalers on the CPU',
    collector({}),
    'collector.autoscaling and collector.verticalPodAutoscaler would both act on cpu: remove cpu from collector.verticalPodAutoscaler.controlledResources, or disable one of them',
  ],
  [
    'both autoscalers on the memory',
    collector(
      { controlledResources: ['memory'] },
      { autoscaling: { enabled: true, targetMemoryUtilizationPercentage: 80 } },
    ),
    'collector.autoscaling and collector.verticalPodAutoscaler would both act on memory: remove memory from collector.verticalPodAutoscaler.controlledResources, or disable one of them',
  ],
  [
    'one for pods that another makes',
    { collector: { mode: 'operator', ...enabled() } },
    'collector.verticalPodAutoscaler.enabled needs the Deployment of this chart, but collector.mode is operator: disable it',
  ],
  [
    'less memory than the queue needs',
    { agent: enabled({ minAllowed: { memory: '95Mi' } }) },
    'agent.verticalPodAutoscaler.minAllowed.memory is 95Mi, but with agent.queueSize 8MiB an agent needs 96Mi: make it at least that, or make the queue smaller',
  ],
  [
    'a maximum below what the queue needs',
    { agent: enabled({ maxAllowed: { memory: 1_000_000 } }) },
    /^agent\.verticalPodAutoscaler\.maxAllowed\.memory is 1e\+06, but with agent\.queueSize 8MiB an agent needs 96Mi/,
  ],
  [
    'a mode that is none',
    { agent: enabled({ updateMode: 'Auto' }) },
    /at '\/agent\/verticalPodAutoscaler\/updateMode': value must be one of/,
  ],
] as const)('%s is refused', async ([, given, sentence]) => {
  expect(await complaint({ ...FIVE_LINES, ...given })).toEqual(
    typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
  )
})
