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
