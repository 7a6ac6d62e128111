// What the chart makes of the rules and dashboards of packages/rules.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'

import { output } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'
import { prometheus } from '../tools/prometheus.ts'
import { CHART, complaint, FIVE_LINES, objectOf, objects, valuesFile } from './chart.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(prometheus)

const all = { ack: { enabled: true }, prometheusRule: { enabled: true }, configMap: { enabled: true } }
/** AMP's quotas: facts of "Service quotas" of its user guide. */
const MAX_BYTES = 1_000_000
const MAX_NAME = 64

test('ACK, prometheus-operator and the ConfigMap get the same rules, and Prometheus takes them', async () => {
  const rendered = await objects({ ...FIVE_LINES, rules: all })
  const namespace = objectOf(rendered, 'RuleGroupsNamespace')['spec']
  const rules = parse(namespace.configuration)
  expect(parse(objectOf(rendered, 'ConfigMap', 'ena-otel-rules')['data']['ena-otel.rules.yaml'])).toEqual(rules)
  expect(objectOf(rendered, 'PrometheusRule')['spec']).toEqual(rules)
  expect(Buffer.byteLength(namespace.configuration)).toBeLessThan(MAX_BYTES)
  expect(namespace.name.length).toBeLessThanOrEqual(MAX_NAME)
  expect(namespace.configuration).not.toMatch(/%\{|^#/m)

  const { promtool } = await prometheus()
  using file = valuesFile({})
  const path = join(file.path, '..', 'rules.yaml')
  writeFileSync(path, stringify(rules))
  expect(await output([promtool, 'check', 'rules', path])).toMatch(/SUCCESS: \d+ rules found/)
})

test('a threshold and the place of the runbooks are values', async () => {
  const thresholds = { linkLocalExceededPackets: 98765.5 }
  const rules = { ...all, thresholds, runbookBaseUrl: 'https://runbooks.example/dns/' }
  const { configuration } = objectOf(await objects({ ...FIVE_LINES, rules }), 'RuleGroupsNamespace')['spec']
  expect(configuration).toMatch(/> 98765\.5/)
  expect(configuration).toContain('https://runbooks.example/dns/LinkLocalAllowanceExceeded.md')
})

test('a threshold of millions is written in digits', async () => {
  const rules = { ...all, thresholds: { linkLocalExceededPackets: 12_345_678 } }
  const { configuration } = objectOf(await objects({ ...FIVE_LINES, rules }), 'RuleGroupsNamespace')['spec']
  expect(configuration).toMatch(/> 12345678\b/)
})

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly expr: string
}

/** All rules of each output, for settings of `rules`. */
async function rulesOf(settings: object): Promise<readonly (readonly Rule[])[]> {
  const rendered = await objects({ ...FIVE_LINES, rules: { ...all, ...settings } })
  const texts: readonly { readonly groups: readonly { readonly rules: readonly Rule[] }[] }[] = [
    parse(objectOf(rendered, 'RuleGroupsNamespace')['spec'].configuration),
    parse(objectOf(rendered, 'ConfigMap', 'ena-otel-rules')['data']['ena-otel.rules.yaml']),
    objectOf(rendered, 'PrometheusRule')['spec'],
  ]
  return texts.map(({ groups }) => groups.flatMap(({ rules }) => rules))
}

test('labels are on all rules, and leave those of the rules as they are', async () => {
  for (const rules of await rulesOf({ labels: { team: 'network' } })) {
    expect(rules.filter(({ labels }) => labels?.['team'] !== 'network')).toEqual([])
    expect(rules.filter(({ alert, labels }) => alert && !labels?.['severity'])).toEqual([])
  }
  expect(await complaint({ ...FIVE_LINES, rules: { labels: { severity: 'page' } } })).toContain(
    "invalid propertyName 'severity'",
  )
})

test('each alert can be switched off, and no other name', async () => {
  for (const rules of await rulesOf({ disabled: { EnaOtelNodeSilent: true, DnsThrottled: false } })) {
    const alerts = rules.map(({ alert }) => alert)
    expect(alerts).not.toContain('EnaOtelNodeSilent')
    expect(alerts).toContain('DnsThrottled')
  }
  expect(await complaint({ ...FIVE_LINES, rules: { ...all, disabled: { NodeSilent: true } } })).toContain(
    'rules.disabled has NodeSilent, which is not the name of an alert',
  )
})

test('each alert links to its dashboard if there is one, with its cluster and node', async () => {
  for (const rules of await rulesOf({ dashboardBaseUrl: 'https://grafana.example/' })) {
    const urls = rules.filter(({ alert }) => alert).map(({ annotations }) => annotations?.['dashboard_url'])
    for (const url of urls)
      expect(url).toMatch(/^https:\/\/grafana\.example\/d\/ena-otel-(fleet|node|dns)\?var-cluster=/)
    expect(urls).toContain(
      'https://grafana.example/d/ena-otel-node?var-cluster={{ $labels.k8s_cluster_name | urlquery }}&var-node={{ $labels.k8s_node_name | urlquery }}',
    )
  }
  for (const rules of await rulesOf({}))
    expect(rules.filter(({ annotations }) => annotations && 'dashboard_url' in annotations)).toEqual([])
})

test("the addresses of the VPC resolver are a value, and Prometheus's text cannot end in it", async () => {
  for (const rules of await rulesOf({ vpcResolvers: '10[.]8[.]0[.]18:53' }))
    expect(rules.find(({ alert }) => alert === 'LinkLocalRateNearLimit')?.expr).toContain('to=~"10[.]8[.]0[.]18:53"')
  expect(await complaint({ ...FIVE_LINES, rules: { vpcResolvers: 'a"b' } })).toMatch(/rules[./]vpcResolvers/)
})

test('no threshold can be taken away', async () => {
  const rules = { ...all, thresholds: { linkLocalExceededPackets: null } }
  expect(await complaint({ ...FIVE_LINES, rules })).toMatch(/rules[./]thresholds/)
})

test('each dashboard arrives as it was made, for the sidecar and for grafana-operator', async () => {
  const dashboards = { configMap: { enabled: true }, grafanaOperator: { enabled: true } }
  const rendered = await objects({ ...FIVE_LINES, dashboards })
  const files = globSync('files/dashboards/*.json', { cwd: CHART })
  expect(files.length).toBeGreaterThan(0)
  for (const file of files) {
    const [name = ''] = /[^/]+(?=\.json$)/.exec(file) ?? []
    const text = readFileSync(join(CHART, file), 'utf8')
    const map = objectOf(rendered, 'ConfigMap', `ena-otel-dashboard-${name}`)
    expect(map['data'][`ena-otel-${name}.json`]).toBe(text)
    expect(map.metadata).toMatchObject({ labels: { grafana_dashboard: '1' } })
    expect(objectOf(rendered, 'GrafanaDashboard', `ena-otel-dashboard-${name}`)['spec'].json).toBe(text)
  }
})

test('every metric of CoreDNS that a rule or a panel asks for is kept by the scrape', () => {
  const { metrics } = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')).coredns.scrape
  const texts = globSync('files/**/*.{yaml,json}', { cwd: CHART }).map((file) =>
    readFileSync(join(CHART, file), 'utf8'),
  )
  const asked = new Set(texts.join('\n').match(/\bcoredns_[a-z_]+\b/g))
  expect(asked.size).toBeGreaterThan(0)
  expect([...asked].filter((name) => !new RegExp(`^(${metrics})$`).test(name))).toEqual([])
})
