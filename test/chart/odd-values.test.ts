// Values that are unusual, but not wrong, render to what Kubernetes takes; those that can not work are refused with a sentence.
import { beforeAll, describe, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { complaint, FIVE_LINES, objectOf, objects, type Release, rendered, type Values } from './chart.ts'
import { repeatedKeys } from './list-keys.ts'
import { wrongNames } from './names.ts'

beforeAll(helm) // the first time, that takes longer than a test may

const MODES = {
  deployment: FIVE_LINES,
  sidecar: { ...FIVE_LINES, collector: { mode: 'sidecar' } },
  operator: { ...FIVE_LINES, collector: { mode: 'operator' } },
  external: { clusterName: 'blue', collector: { mode: 'external', external: { endpoint: 'http://there:4317' } } },
} as const
const ALL = {
  rules: { ack: { enabled: true }, prometheusRule: { enabled: true }, configMap: { enabled: true } },
  dashboards: { configMap: { enabled: true }, grafanaOperator: { enabled: true } },
}
const long = { name: `a${'-long'.repeat(10)}er`, namespace: `n${'-long'.repeat(12)}er` } // 53 and 63 characters, Helm's and Kubernetes' limits

test.for(Object.keys(MODES) as (keyof typeof MODES)[])(
  'mode %s: names as long as they may be are valid',
  async (mode) => {
    const amp = mode === 'external' ? { region: 'eu-west-1', workspaceId: 'ws-1' } : FIVE_LINES.amp
    for (const more of [{}, { nameOverride: 'x'.repeat(40) }, { fullnameOverride: `${'x-'.repeat(19)}xy` }]) {
      const all = await objects({ ...MODES[mode], amp, ...ALL, ...more }, long)
      expect(all.flatMap(wrongNames)).toEqual([])
    }
  },
)

test('the operator’s label of a long namespace is cut as the operator cuts it', async () => {
  const all = await objects(MODES.operator, { ...long, name: 'r' })
  const [{ labelSelector }] = objectOf(all, 'OpenTelemetryCollector')['spec'].topologySpreadConstraints
  const instance = `${long.namespace}.r-ena-otel-otelcol`.replace(/^(.*)(?=\.)/, (namespace) =>
    namespace.slice(0, 63 - '.r-ena-otel-otelcol'.length),
  )
  expect(labelSelector.matchLabels).toMatchObject({ 'app.kubernetes.io/instance': instance })
})

describe('a release named 2024', () => {
  const release: Release = { name: '2024', namespace: '2024' }

  test.for(['sidecar', 'external'] as const)('mode %s: its names and labels are texts', async (mode) => {
    const all = await objects({ ...MODES[mode], fullnameOverride: '2024' }, release)
    expect(all.flatMap(wrongNames)).toEqual([])
    expect(objectOf(all, 'DaemonSet').metadata).toMatchObject({
      namespace: '2024',
      labels: { 'app.kubernetes.io/instance': '2024' },
    })
  })

  test.for(['deployment', 'operator'] as const)('mode %s: a Service can not have that name', async (mode) => {
    expect(await complaint(MODES[mode], release)).toBe(
      "the collector's Service would be called 2024-ena-otel-collector, but the name of a Service starts with a letter and has no dots: set fullnameOverride",
    )
    expect(await complaint({ ...MODES[mode], fullnameOverride: 'net' }, release)).toBe('')
  })
})

const REFUSED: readonly (readonly [title: string, values: Values, sentence: string | RegExp])[] = [
  [
    'an empty tag of the collector',
    { collector: { image: { tag: '' } } },
    'collector.image.tag and collector.image.digest are empty: set one of them',
  ],
  [
    'a label that the chart sets',
    { labels: { 'app.kubernetes.io/name': 'x' } },
    'labels has app.kubernetes.io/name, which the chart sets itself: remove it (nameOverride changes app.kubernetes.io/name)',
  ],
  [
    'a label of pods that the chart sets',
    { agent: { podLabels: { 'app.kubernetes.io/component': 'x' } } },
    /^agent\.podLabels has app\.kubernetes\.io\/component, which the chart sets itself: remove it/,
  ],
  [
    'a port of the agent that needs a capability',
    { agent: { healthPort: 80 } },
    /at '\/agent\/healthPort': minimum: got 80, want 1,?024/,
  ],
  [
    'an autoscaler without a request for the CPU',
    { collector: { autoscaling: { enabled: true }, resources: { requests: { cpu: null } } } },
    'collector.autoscaling compares the usage of cpu with its request, which is not set: set collector.resources.requests.cpu',
  ],
  [
    'a temporality that AMP does not take',
    { agent: { temporality: 'delta' } },
    "agent.temporality is delta, but this chart's collector writes to AMP, which takes cumulative counters only: set it to cumulative, or collector.mode to external",
  ],
  [
    'labels that only another collector can add',
    { amp: {}, collector: { ...MODES.external.collector, externalLabels: { team: 'network' } } },
    "collector.externalLabels are labels that this chart's collector adds, but collector.mode is external: remove them, and add them in that collector",
  ],
  [
    'quotes in a URL',
    { amp: { ...FIVE_LINES.amp, remoteWriteUrl: 'https://x/"y' } },
    /at '\/amp\/remoteWriteUrl': .*does not match pattern/,
  ],
  [
    'a quote in the URL of runbooks',
    { rules: { runbookBaseUrl: "https://x/'y: z" } },
    /at '\/rules\/runbookBaseUrl': .*does not match pattern/,
  ],
  [
    'null where there has to be a value',
    { agent: { sampleInterval: null } },
    /at '\/agent': missing property 'sampleInterval'/,
  ],
  ['null for a whole part', { collector: { image: null } }, /at '\/collector': missing property 'image'/],
  [
    'a quantity that is none',
    { agent: { resources: { limits: { memory: '12x3Mi' } } } },
    /^agent\.resources\.limits\.memory is 12x3Mi: write it in Mi or Gi$/,
  ],
]

test.for(REFUSED)('%s is refused', async ([, values, sentence]) => {
  expect(await complaint({ ...FIVE_LINES, ...values })).toEqual(
    typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
  )
})

test('null removes what may be absent', async () => {
  const agent = {
    affinity: null,
    compat: null,
    env: null,
    extraVolumeMounts: null,
    image: { tag: null },
    nodeSelector: null,
    podAnnotations: null,
    podLabels: null,
    resources: null,
    statistics: null,
    tolerations: null,
    updateStrategy: null,
  }
  const collector = {
    config: null,
    env: null,
    featureGates: null,
    podLabels: null,
    resources: null,
    serviceAccount: { annotations: null },
    wal: { enabled: true, volume: null },
  }
  for (const mode of ['deployment', 'sidecar', 'operator']) {
    const text = await rendered({
      ...FIVE_LINES,
      annotations: null,
      labels: null,
      imagePullSecrets: null,
      agent,
      collector: { ...collector, mode },
      coredns: { scrape: { enabled: true } },
    })
    expect(text).not.toMatch(/\bnull\b/)
  }
})

test('imagePullSecrets may be names', async () => {
  const all = await objects({ ...FIVE_LINES, imagePullSecrets: ['one', { name: 'two' }, 'two'] })
  const secrets = [{ name: 'one' }, { name: 'two' }]
  for (const kind of ['DaemonSet', 'Deployment'])
    expect(objectOf(all, kind)['spec'].template.spec.imagePullSecrets).toEqual(secrets)
  expect(objectOf(all, 'Pod')['spec'].imagePullSecrets).toEqual(secrets)
  expect(objectOf(all, 'ServiceAccount', 'ena-otel-collector')['imagePullSecrets']).toEqual(secrets)
})

test('an annotation and a label of the values replace those of all objects, without a second key', async () => {
  const given = { team: 'network', 'kubectl.kubernetes.io/default-container': 'mine', 'checksum/collector': 'mine' }
  for (const mode of ['deployment', 'sidecar', 'operator']) {
    const all = await objects({
      ...FIVE_LINES,
      labels: { team: 'all' },
      agent: { podLabels: { team: 'agents' }, podAnnotations: given },
      collector: { mode, podLabels: { team: 'collectors' }, podAnnotations: given },
      coredns: { scrape: { enabled: true } },
      dashboards: { configMap: { enabled: true, labels: { team: 'dashboards' } } },
    })
    const { metadata } = objectOf(all, 'DaemonSet')['spec'].template
    expect(metadata).toMatchObject({ labels: { team: 'agents' }, annotations: given })
    expect(all.flatMap((object) => repeatedKeys(object))).toEqual([])
  }
})

test('the alias of a new workspace has at most 100 characters', async () => {
  const clusterName = 'x'.repeat(100)
  const all = await objects({
    clusterName,
    amp: { region: 'eu-west-1', podIdentity: true, ack: { createWorkspace: true } },
  })
  expect(objectOf(all, 'Workspace')['spec'].alias).toBe(`ena-otel-${clusterName}`.slice(0, 100))
})

test.for([
  ['us-iso-east-1', 'c2s.ic.gov', 'aws-iso'],
  ['us-isob-east-1', 'sc2s.sgov.gov', 'aws-iso-b'],
  ['eusc-de-east-1', 'amazonaws.eu', 'aws-eusc'],
  ['cn-north-1', 'amazonaws.com.cn', 'aws-cn'],
  ['us-gov-west-1', 'amazonaws.com', 'aws-us-gov'],
  ['eu-west-1', 'amazonaws.com', 'aws'],
] as const)('%s has its partition', async ([region, domain, partition]) => {
  const roleArn = `arn:${partition}:iam::111122223333:role/ena-otel`
  const text = await rendered({ clusterName: 'blue', amp: { region, workspaceId: 'ws-1', roleArn } })
  expect(text).toContain(`https://aps-workspaces.${region}.${domain}/workspaces/ws-1/`)
})
