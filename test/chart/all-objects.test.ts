// Values that apply to all objects: registry, namespace, names and extra manifests.
import { beforeAll, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { FIVE_LINES, objectOf, objects, rendered } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const MODES = ['deployment', 'sidecar', 'operator'] as const
const everything = {
  ...FIVE_LINES,
  coredns: { scrape: { enabled: true } },
  dashboards: { configMap: { enabled: true }, grafanaOperator: { enabled: true } },
  rules: { ack: { enabled: true }, prometheusRule: { enabled: true }, configMap: { enabled: true } },
}

test.for(MODES)('mode %s: global.imageRegistry is the registry of every image', async (mode) => {
  const all = await objects({
    ...everything,
    collector: { mode },
    global: { imageRegistry: 'registry.example/mirror' },
  })
  expect(new Set(images(all).map((image) => image.replace(/:[^/]*$/, '')))).toEqual(
    new Set([
      'registry.example/mirror/ena-otel/ena-otel',
      'registry.example/mirror/aws-observability/aws-otel-collector',
    ]),
  )
})

test.for([
  ['ghcr.io/a/b', 'r.example/a/b'],
  ['localhost/a', 'r.example/a'],
  ['registry:5000/a', 'r.example/a'],
  ['a/b', 'r.example/a/b'],
  ['a.b', 'r.example/a.b'],
] as const)('the registry of %s is replaced', async ([repository, expected]) => {
  const agent = { image: { repository, tag: 'v1' } }
  const all = await objects({ ...FIVE_LINES, agent, global: { imageRegistry: 'r.example/' } })
  expect(images(all.filter(({ kind }) => kind === 'DaemonSet'))).toEqual([`${expected}:v1`])
})

/** Of all containers and OpenTelemetryCollectors. */
function images(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    key === 'image' && typeof item === 'string' ? [item] : images(item),
  )
}

test.for(MODES)(
  'mode %s: namespaceOverride is the namespace of all objects, and nothing refers to the other',
  async (mode) => {
    const tls = mode === 'sidecar' ? {} : { source: 'certManager', certManager: { issuerRef: { name: 'ca' } } }
    const values = { ...everything, tls, collector: { mode }, namespaceOverride: 'monitoring' }
    const all = await objects(values, { namespace: 'elsewhere' })
    const others = all.filter(({ metadata }) => metadata.namespace !== 'monitoring')
    expect(others.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`)).toEqual([
      'Role kube-system',
      'RoleBinding kube-system',
    ])
    expect(JSON.stringify(all)).not.toContain('elsewhere')
  },
)

test('nameOverride replaces the name of the chart in names and labels', async () => {
  const { metadata } = objectOf(await objects({ ...FIVE_LINES, nameOverride: 'net' }), 'DaemonSet')
  expect(metadata).toMatchObject({ name: 'ena-otel-net-agent', labels: { 'app.kubernetes.io/name': 'net' } })
})

test('extraManifests are installed as they are', async () => {
  const metadata = { name: 'mine', namespace: 'other', labels: { 'app.kubernetes.io/name': 'mine' } }
  const extra = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { text: '{{ $labels.node }} of 100%\n' } },
    { apiVersion: 'v1', kind: 'Secret', metadata },
  ]
  const values = { ...FIVE_LINES, extraManifests: extra }
  const all = await objects(values)
  expect(objectOf(all, 'ConfigMap', 'mine')).toEqual(extra[0])
  expect(objectOf(all, 'Secret', 'mine')).toEqual(extra[1])
  expect(await rendered({ ...FIVE_LINES, extraManifests: [] })).toBe(await rendered(FIVE_LINES))
})
