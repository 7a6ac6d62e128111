// Random values for the chart, made from values.schema.json: a set-up that is complete, and a few values that are changed in it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc, { type Arbitrary } from 'fast-check'

import { CHART, FIVE_LINES, type Release, type Values } from './chart.ts'

export interface ValueSet {
  readonly values: Values
  readonly release: Release
}

/** `count` sets; those of one seed are always the same. */
export function randomValues(seed: number, count: number): readonly ValueSet[] {
  const changes = fc.array(fc.oneof(...leaves(schema, []).map(change)), { minLength: 1, maxLength: 5 })
  const sets = fc.record({ base: fc.constantFrom(...BASES), changes, release: fc.constantFrom(...RELEASES) })
  return fc.sample(sets, { seed, numRuns: count }).map(({ base, changes: made, release }) => ({
    release,
    values: made.reduce<Values>((values, { path, value }) => changed(values, path, value), base),
  }))
}

const external = { mode: 'external', external: { endpoint: 'http://there:4317' } }
const tls = { source: 'secret', secretName: 'server', mutual: true, clientSecretName: 'client' }
const certManager = { source: 'certManager', mutual: true, certManager: { issuerRef: { name: 'ca' } } }

/** Set-ups that are complete. */
const BASES: readonly Values[] = [
  FIVE_LINES,
  { ...FIVE_LINES, collector: { mode: 'sidecar' } },
  { ...FIVE_LINES, collector: { mode: 'operator' } },
  { clusterName: 'blue', collector: external },
  { ...FIVE_LINES, cloudwatch: { enabled: true } },
  { clusterName: 'blue', amp: { podIdentity: true }, cloudwatch: { enabled: true, region: 'eu-west-1' } },
  { ...FIVE_LINES, tls, collector: { autoscaling: { enabled: true } }, networkPolicy: { enabled: true } },
  { ...FIVE_LINES, tls: certManager, coredns: { scrape: { enabled: true } }, collector: { wal: { enabled: true } } },
  {
    clusterName: 'blue',
    amp: { region: 'eu-west-1', podIdentity: true, ack: { createWorkspace: true } },
    rules: { ack: { enabled: true }, prometheusRule: { enabled: true }, configMap: { enabled: true } },
    alertmanager: { ack: { enabled: true }, sns: { topicArn: 'arn:aws:sns:eu-west-1:111122223333:alerts' } },
    dashboards: { configMap: { enabled: true }, grafanaOperator: { enabled: true } },
  },
]

const RELEASES: readonly Release[] = [
  {},
  {},
  {},
  {},
  { name: 'my-net', namespace: 'monitoring' },
  { name: '2024', namespace: '2024' },
  { name: 'a.b', namespace: 'a-b' },
  { name: 'x'.repeat(53), namespace: 'y'.repeat(63) },
]

interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | boolean
  readonly propertyNames?: Schema
  readonly allOf?: readonly Schema[]
  readonly $ref?: string
}

const root: Schema & { readonly definitions: Readonly<Record<string, Schema>> } = JSON.parse(
  readFileSync(join(CHART, 'values.schema.json'), 'utf8'),
)
const { definitions, ...schema } = root

interface Leaf {
  readonly path: readonly string[]
  readonly schema: Schema
}

/** Every value that has no values of its own below it; of the thresholds one, as the others are the same. */
function leaves(whole: Schema, path: readonly string[]): readonly Leaf[] {
  const { properties, ...own } = resolved(whole)
  if (properties === undefined) return [{ path, schema: own }]
  const entries = Object.entries(properties)
  return (path.at(-1) === 'thresholds' ? entries.slice(0, 1) : entries).flatMap(([key, below]) =>
    leaves(below, [...path, key]),
  )
}

function resolved({ $ref, allOf = [], ...own }: Schema): Schema {
  const parts = [...($ref === undefined ? [] : [definitions[$ref.replace('#/definitions/', '')]!]), ...allOf]
  return Object.assign({}, ...parts.map(resolved), own)
}

interface Change {
  readonly path: readonly string[]
  readonly value: unknown
}

/** Mostly what the schema allows; sometimes null, and rarely what it does not allow. */
function change({ path, schema: own }: Leaf): Arbitrary<Change> {
  const value = fc.oneof(
    { weight: 30, arbitrary: allowed(own, path) },
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>('', 0, -1, true, 'text', [], {}, ['a'], { a: 1 }) },
  )
  return value.map((made) => ({ path, value: made }))
}

function allowed(unresolved: Schema, path: readonly string[]): Arbitrary<unknown> {
  const own = resolved(unresolved)
  const free = FREE[path.at(-1) ?? '']
  if (own.enum !== undefined) return fc.constantFrom(...own.enum)
  if (free !== undefined) return fc.constantFrom<unknown>(...free)
  const types = [own.type ?? 'string'].flat()
  return fc.oneof(...types.map((type) => ofType(type, own, path)))
}

function ofType(type: string, own: Schema, path: readonly string[]): Arbitrary<unknown> {
  switch (type) {
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: own.minimum ?? 0, max: own.maximum ?? 2_147_483_647 })
    case 'number':
      return fc.double({ min: own.minimum ?? 0, max: own.maximum ?? 1e9, noNaN: true })
    case 'array':
      return fc.array(allowed(own.items ?? {}, [...path, '0']), { maxLength: 3 })
    case 'object':
      return object(own, path)
    default:
      return string(own)
  }
}

function object(
  { properties, additionalProperties, propertyNames }: Schema,
  path: readonly string[],
): Arbitrary<unknown> {
  if (properties !== undefined)
    return fc.record(
      Object.fromEntries(Object.entries(properties).map(([key, below]) => [key, allowed(below, [...path, key])])),
    )
  if (typeof additionalProperties !== 'object') throw new TypeError(`FREE lacks ${path.join('.')}`)
  return fc.dictionary(string(resolved(propertyNames ?? {})), allowed(additionalProperties, [...path, '*']), {
    maxKeys: 3,
  })
}

function string({ pattern, minLength = 0, maxLength = 300 }: Schema): Arbitrary<string> {
  const any =
    pattern === undefined
      ? fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'grapheme' }))
      : fc.stringMatching(new RegExp(pattern, 'u'))
  return any
    .map((text) => (text.length > maxLength ? text.slice(0, maxLength) : text))
    .filter((text) => text.length >= minLength)
}

/** Texts that YAML, Go templates or the collector could take for something else. */
const ODD = [
  '',
  ' ',
  'true',
  'no',
  'null',
  '~',
  '2024',
  '1e3',
  '0x10',
  '1:2',
  '- a',
  '# b',
  'a: b',
  'a #b',
  `it's`,
  '"quoted"',
  '{a: b}',
  '[a]',
  '*a',
  '&a',
  '!a',
  '%a',
  '@a',
  '`a`',
  '|',
  '>-',
  '\\n',
  'two\nlines',
  '\ttab',
  '{{ .Values }}',
  '${env:HOME}',
  '$1',
  '$(A)',
  'ä€🙂',
  '\u0007',
]

const volume = { name: 'more', emptyDir: {} }
const container = { name: 'more', image: 'registry.example/more:1' }

/** What the schema leaves to Kubernetes, by the last part of the path. */
const FREE: Readonly<Record<string, readonly unknown[]>> = {
  affinity: [{}, { podAntiAffinity: {} }, { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } }],
  tolerations: [[], [{ operator: 'Exists' }], [{ key: 'a', operator: 'Equal', value: '1', effect: 'NoSchedule' }]],
  topologySpreadConstraints: [[], [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }]],
  resources: [
    {},
    { limits: { memory: '1Gi' }, requests: { cpu: '1' } },
    { limits: null, requests: null },
    { limits: { memory: 1e9 } },
    { limits: { memory: '300M', cpu: 2 } },
    { limits: { memory: '1Ti' } },
  ],
  updateStrategy: [{}, { type: 'OnDelete', rollingUpdate: null }, { rollingUpdate: { maxUnavailable: 1 } }],
  volume: [{}, { emptyDir: { sizeLimit: '2Gi' } }],
  extraEgress: [[], [{ ports: [{ port: 3128, protocol: 'TCP' }], to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }]],
  extraVolumes: [[], [volume]],
  extraVolumeMounts: [[]],
  nameservers: [[], ['10.0.0.10', 'fd00::a']],
  searches: [[], ['example.com']],
  options: [[], [{ name: 'ndots', value: '1' }, { name: 'edns0' }]],
  envFrom: [[], [{ secretRef: { name: 'more' } }]],
  valueFrom: [{ secretKeyRef: { name: 'more', key: 'a' } }, { fieldRef: { fieldPath: 'status.hostIP' } }],
  config: [{}, { exporters: { debug: {} } }, { service: { pipelines: { metrics: { exporters: ['debug'] } } } }],
  instanceSelector: [{ matchLabels: { a: 'b' } }],
  issuerRef: [{ name: 'ca', kind: 'Issuer', group: 'cert-manager.io' }],
  extraManifests: [[], [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'more', namespace: 'more' } }]],
  podSecurityContext: [{}, { runAsUser: 1000 }, { seccompProfile: null }],
  securityContext: [{}, { capabilities: null }, { readOnlyRootFilesystem: false }],
  extraContainers: [[], [container]],
  initContainers: [[], [container]],
}

function changed(values: Values, [key, ...rest]: readonly string[], value: unknown): Values {
  if (key === undefined) return value as Values
  const below = (values as Readonly<Record<string, unknown>>)[key]
  const isMap = typeof below === 'object' && below !== null && !Array.isArray(below)
  return { ...values, [key]: changed(isMap ? below : {}, rest, value) }
}
