// Every object that the chart can make against the schemas of its kind, by kubeconform.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { run } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'
import { FIVE_LINES, parsed, rendered, type Values } from './chart.ts'
import { EXAMPLES, exampleValues } from './examples.ts'
import { schemaLocation, sharedDefinitions, writeOwnSchemas, writeSharedSchemas } from './object-schemas.ts'

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-schemas-'))
beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(() => writeOwnSchemas(join(folder, 'own')))
afterAll(() => rmSync(folder, { recursive: true }))

const withAll = {
  ...FIVE_LINES,
  rules: { ack: { enabled: true }, prometheusRule: { enabled: true }, configMap: { enabled: true } },
  dashboards: { configMap: { enabled: true }, grafanaOperator: { enabled: true } },
  serviceMonitor: { enabled: true },
  podMonitor: { enabled: true },
}
const CASES: Readonly<Record<string, Values>> = {
  ...Object.fromEntries(EXAMPLES.map((name) => [name, exampleValues(name)])),
  'rules, dashboards and monitors': withAll,
  'network policies with IMDS, a proxy and more': {
    ...FIVE_LINES,
    amp: { ...FIVE_LINES.amp, roleArn: '', otherCredentials: true },
    collector: { env: [{ name: 'HTTPS_PROXY', value: 'http://proxy.example:3128' }] },
    coredns: { scrape: { enabled: true } },
    networkPolicy: {
      enabled: true,
      extraEgress: [{ to: [{ ipBlock: { cidr: '10.1.2.3/32' } }], ports: [{ port: 25 }] }],
    },
  },
  'vertical autoscaling': {
    ...FIVE_LINES,
    agent: { verticalPodAutoscaler: { enabled: true, maxAllowed: { cpu: '0.5', memory: '1Gi' } } },
    collector: { verticalPodAutoscaler: { enabled: true, minAllowed: { cpu: 1 }, controlledResources: ['cpu'] } },
  },
  'a native sidecar': { ...FIVE_LINES, collector: { mode: 'sidecar', nativeSidecar: true } },
  'a write-ahead log on a claim': withClaim('deployment'),
  'a write-ahead log on a claim, operator': withClaim('operator'),
}

function withClaim(mode: string): Values {
  const wal = { enabled: true, volume: { persistentVolumeClaim: { claimName: 'wal' } } }
  return { ...FIVE_LINES, collector: { mode, replicas: 1, wal } }
}

async function conform(text: string, schemas: string, more: readonly string[]): Promise<object> {
  const { kubeconform } = await helm()
  const location = schemaLocation(join(folder, schemas))
  const { stdout } = await run([kubeconform, '-schema-location', location, '-summary', '-output', 'json', ...more], {
    input: text,
  })
  const { resources = [], summary } = JSON.parse(stdout)
  return { wrong: resources.filter(({ status }: { status: string }) => status !== 'statusSkipped'), ...summary }
}

test.for(Object.keys(CASES))('the objects of %s are what Kubernetes and the operators take', async (name) => {
  const text = await rendered(CASES[name]!)
  const found = await conform(text, 'own', [])
  expect(found).toEqual({ wrong: [], valid: parsed(text).length, invalid: 0, errors: 0, skipped: 0 })
})

test('a misspelt field is found', async () => {
  const text = (await rendered(FIVE_LINES)).replace('hostNetwork:', 'hostNetworks:')
  expect(await conform(text, 'own', [])).toMatchObject({
    invalid: 1,
    wrong: [{ kind: 'DaemonSet', msg: expect.stringMatching(/'hostNetworks' not allowed/) }],
  })
})

test("the custom resources are what their projects' own definitions say", async ({ skip }) => {
  const definitions = sharedDefinitions()
  if (definitions === undefined) return skip('no folder ../shared/crds, and ENA_OTEL_CRDS names none')
  writeSharedSchemas(definitions, join(folder, 'shared'))
  const valid: string[] = []
  for (const values of Object.values(CASES)) {
    const text = await rendered(values)
    expect(await conform(text, 'shared', ['-ignore-missing-schemas'])).toMatchObject({ wrong: [], invalid: 0 })
    valid.push(...parsed(text).map(({ kind }) => kind))
  }
  expect(valid).toEqual(
    expect.arrayContaining([
      'RuleGroupsNamespace',
      'AlertManagerDefinition',
      'Workspace',
      'PrometheusRule',
      'GrafanaDashboard',
      'OpenTelemetryCollector',
    ]),
  )
})
