// agent.env and collector.env replace what the chart sets, in every place that has the chart's variables.
import { beforeAll, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { complaint, FIVE_LINES, objects, type KubernetesObject } from './chart.ts'
import { repeatedKeys } from './list-keys.ts'

beforeAll(helm) // the first time, that takes longer than a test may

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: object
}

const agentVariables = [
  { name: 'ENA_OTEL_LOG_FORMAT', value: 'text' },
  { name: 'K8S_NODE_NAME', value: 'mine' },
  { name: 'ENA_OTEL_CLUSTER_NAME', valueFrom: { configMapKeyRef: { name: 'cluster', key: 'name' } } },
  { name: 'HTTPS_PROXY', value: 'http://proxy:3128' },
]
const collectorVariables = [{ name: 'GOMEMLIMIT', value: '100MiB' }]
const more = {
  agent: { env: agentVariables },
  collector: { env: collectorVariables },
  coredns: { scrape: { enabled: true } },
}

test.for(['deployment', 'sidecar', 'operator'] as const)(
  'mode %s: a variable of the values replaces the chart’s',
  async (mode) => {
    const all = await objects({ ...FIVE_LINES, ...more, collector: { ...more.collector, mode } })
    expect(all.flatMap((object) => repeatedKeys(object))).toEqual([])
    const agent = variables(all, 'DaemonSet', 'agent')
    expect(agent.filter(({ name }) => agentVariables.some((own) => own.name === name))).toEqual(agentVariables)
    expect(agent.map(({ name }) => name)).toContain('ENA_OTEL_ENDPOINT')
    const collectors = {
      deployment: [variables(all, 'Deployment', 'collector')],
      sidecar: [variables(all, 'DaemonSet', 'collector'), variables(all, 'Deployment', 'collector')],
      operator: [all.find(({ kind }) => kind === 'OpenTelemetryCollector')?.['spec'].env],
    }
    for (const collector of collectors[mode]) expect(collector).toEqual(collectorVariables)
  },
)

test('a variable that the values have twice is refused', async () => {
  const env = [
    { name: 'A', value: '1' },
    { name: 'A', value: '2' },
  ]
  expect(await complaint({ ...FIVE_LINES, agent: { env } })).toBe('agent.env has A twice: remove one of them')
  expect(await complaint({ ...FIVE_LINES, collector: { env } })).toBe('collector.env has A twice: remove one of them')
})

test('a variable with a value and a source is refused, and a name that Kubernetes refuses', async () => {
  const both = [{ name: 'A', value: '1', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }]
  expect(await complaint({ ...FIVE_LINES, agent: { env: both } })).toBe(
    'agent.env has both value and valueFrom for A: remove one of them',
  )
  const name = [{ name: 'A=B', value: '1' }]
  expect(await complaint({ ...FIVE_LINES, agent: { env: name } })).toMatch(
    /\/agent\/env\/0\/name': .*does not match pattern/,
  )
})

/** Of the first container of that name in an object of that kind. */
function variables(all: readonly KubernetesObject[], kind: string, name: string): readonly Variable[] {
  const containers = all.filter((object) => object.kind === kind).flatMap(({ spec }) => spec.template.spec.containers)
  return containers.find((container: { readonly name: string }) => container.name === name)?.env ?? []
}
