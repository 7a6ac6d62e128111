import { COUNTERS, METRICS } from '@ena-otel/metrics/table'
import { beforeAll, describe, expect, it } from 'vitest'

import { DASHBOARDS } from '../src/dashboards/dashboards.ts'
import { COREDNS_METRICS } from '../src/foreign-metrics.ts'
import { EXPORTED } from '../src/names.ts'
import { OWN_METRICS } from '../src/own-metrics.ts'
import { prometheusLabel, prometheusName } from '../src/prometheus-name.ts'
import { GROUPS, ruleFile } from '../src/rule-file.ts'
import { withDefaults } from '../src/thresholds.ts'
import { metricNames } from './metric-names.ts'
import { asGrafana, type Panel, PANELS } from './panels.ts'
import { type Promtool, promtool } from './promtool.ts'

const EXPRESSIONS = PANELS.flatMap(({ name, targets = [] }) =>
  targets.map(({ expr }) => ({ name, expr: asGrafana(expr) })),
)

const STORED = stored()

const KNOWN = new Set<string>([
  ...EXPORTED.values(),
  ...COREDNS_METRICS,
  ...GROUPS.flatMap(({ rules }) => rules.map((rule) => ('record' in rule ? rule.record : ''))),
])

describe('every dashboard', () => {
  let tool: Promtool
  beforeAll(async () => {
    tool = await promtool()
  })

  it('has queries that Prometheus understands', () => {
    const rules = EXPRESSIONS.map(({ expr }, i) => ({ record: `panel:query:number${i}`, expr }))
    expect(tool.checkRules(JSON.stringify({ groups: [{ name: 'panels', rules }] }))).toBe('')
  })

  it('has no query that finds nothing in what agents, rules and CoreDNS leave in the store', () => {
    const test = {
      name: 'panels',
      interval: '15s',
      input_series: STORED,
      promql_expr_test: EXPRESSIONS.map(({ expr }) => ({
        expr: `count(${expr}) > bool 0`,
        eval_time: '14m',
        exp_samples: [{ labels: '', value: 1 }],
      })),
    }
    const results = tool.testRules(withDefaults(ruleFile()), [test], '1m')
    expect(results.get('panels')).toBe('')
  })

  it.each(PANELS)('names in the legend of $name what its query is grouped by', ({ targets = [] }) => {
    for (const { expr, legendFormat = '' } of targets) {
      const groupings = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '))
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
      if (groupings.length > 0) expect(groupings, expr).toEqual(expect.arrayContaining(named))
    }
  })

  it.each(EXPRESSIONS)('asks for metrics that are exported, recorded or scraped in $name', ({ expr }) => {
    expect(metricNames(expr).filter((name) => !KNOWN.has(name))).toEqual([])
    expect(metricNames(expr).length).toBeGreaterThan(0)
  })

  it('reads only our series of a metric that hostmetrics also sends', () => {
    const shared = /\bsystem_network_(?:io_bytes|errors)_total\{([^}]*)\}/g
    const selectors = EXPRESSIONS.flatMap(({ expr }) => Array.from(expr.matchAll(shared), ([, matchers]) => matchers))
    expect(selectors.length).toBe(5)
    for (const matchers of selectors) expect(matchers).toContain('network_interface_name!=""')
  })

  it.each(PANELS)(
    'says how to read $name, in one line, and has a unit',
    ({ description = '', fieldConfig, targets }) => {
      expect(description).toMatch(/^[A-Z0-9].{40,150}\.$/)
      expect(fieldConfig?.defaults.unit).toMatch(/^[a-z]+$/)
      expect(targets?.length).toBeGreaterThan(0)
    },
  )

  it.each(PANELS)(
    'asks the chosen data source in $name, each query under its own letter',
    ({ datasource, targets = [] }) => {
      expect(new Set([datasource?.uid, ...targets.map(({ datasource }) => datasource.uid)])).toEqual(
        new Set(['${datasource}']),
      )
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length)
    },
  )

  it.each(DASHBOARDS)('of $name selects the cluster and node that are chosen in each query', ({ name, dashboard }) => {
    const variables = (dashboard.templating?.list ?? []).map((variable) => variable.name)
    expect(variables).toEqual(['datasource', 'cluster', 'node'])
    for (const { targets = [], title } of PANELS.filter((panel) => panel.dashboard === name)) {
      for (const { expr } of targets) {
        const selectors = [...expr.matchAll(/\{([^}]*)\}/g)].map(([, matchers = '']) => matchers)
        expect(selectors.length, title).toBeGreaterThan(0)
        for (const matchers of selectors) expect(matchers, title).toContain('k8s_cluster_name=~"$cluster"')
      }
    }
  })

  it.each(DASHBOARDS)('of $name fills its grid without overlap', ({ dashboard }) => {
    const cells = new Set<string>()
    for (const { gridPos, title } of dashboard.panels as readonly Panel[]) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), title).toBe(false)
          cells.add(`${x} ${y}`)
        }
      }
    }
  })

  it.each(DASHBOARDS)('of $name shows alerts as annotations, and its links in the toolbar', ({ dashboard }) => {
    const [{ expr = '' } = {}] = (dashboard.annotations?.list ?? []) as readonly { readonly expr?: string }[]
    expect(expr).toContain('alertstate="firing"')
    expect(expr).toContain('DnsThrottled|')
    expect(dashboard.links?.map((link) => link.placement)).toEqual([undefined])
  })

  it('draws the heat map for any time in fewer columns than half of the pixels of a panel', () => {
    const maps = PANELS.filter(({ type }) => type === 'status-history')
    expect(maps).toMatchObject([{ interval: '1m', maxDataPoints: 300 }])
    expect(maps[0]?.targets?.[0]?.expr).toContain('[$__interval]')
  })

  it('reads every second of one node only', () => {
    expect(
      PANELS.filter((panel) => 'interval' in panel && panel.interval === '1s').map((panel) => panel.dashboard),
    ).toEqual(['node'])
  })

  it('leads from a throttled node to its dashboard', () => {
    expect(JSON.stringify(PANELS.find(({ title }) => title === 'Throttled nodes'))).toContain(
      '/d/ena-otel-node?var-cluster=${__data.fields.Cluster}&var-node=${__value.raw}',
    )
  })

  it('keeps its address, which links and bookmarks contain', () => {
    expect(DASHBOARDS.map(({ name, dashboard }) => [name, dashboard.uid])).toEqual([
      ['fleet', 'ena-otel-fleet'],
      ['node', 'ena-otel-node'],
      ['dns', 'ena-otel-dns'],
    ])
  })
})

/** One series of each metric for 15 minutes: all that is counted rises by one a second, after 5 minutes of quiet; gauges fall. */
function stored(): readonly object[] {
  const labels = 'k8s_cluster_name="blue",k8s_node_name="a",host_id="i-0",instance="a",job="b",error_type="rejected"'
  const counter = '5x20 6+15x40'
  const gauge = '900-10x60'
  const eni = 'network_interface_name="eth0"'
  const own = [...METRICS, ...OWN_METRICS].flatMap((metric) => {
    const users = COUNTERS.filter((row) => [row.metric, row.peak, row.throttled].includes(metric.name))
    const each = users.length === 0 ? [{}] : users.map(({ attributes }) => attributes)
    return each.map((attributes) => ({
      series: `${prometheusName(metric)}{${[labels, eni, ...Object.entries(attributes).map(([name, value]) => `${prometheusLabel(name)}="${value}"`)].join(',')}}`,
      values: metric.kind === 'counter' ? counter : gauge,
    }))
  })
  const others = COREDNS_METRICS.map((name) => ({
    series: `${name}{${labels},proxy_name="forward",rcode="SERVFAIL",le="1.024"}`,
    values: counter,
  }))
  const infinite = COREDNS_METRICS.filter((name) => name.endsWith('_bucket')).map((name) => ({
    series: `${name}{${labels},proxy_name="forward",le="+Inf"}`,
    values: counter,
  }))
  return [...own, ...others, ...infinite]
}
