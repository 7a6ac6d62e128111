import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { COLLECTOR_METRICS, COREDNS_METRICS, KUBE_NODE_INFO } from '../src/foreign-metrics.ts'
import { EXPORTED } from '../src/names.ts'
import { VALUE } from '../src/rule.ts'
import { ALERTS, GROUPS, ruleFile } from '../src/rule-file.ts'
import { RUNBOOK_BASE_URL, THRESHOLDS, withDefaults } from '../src/thresholds.ts'
import { AGENT_CASES } from './cases/agent.ts'
import { ALLOWANCE_CASES } from './cases/allowances.ts'
import type { AlertCase, Firing } from './cases/case.ts'
import { COLLECTOR_CASES } from './cases/collector.ts'
import { CONNTRACK_CASES } from './cases/conntrack.ts'
import { COREDNS_CASES } from './cases/coredns.ts'
import { DNS_CASES } from './cases/dns.ts'
import { SILENCE_CASES } from './cases/silence.ts'
import { metricNames } from './metric-names.ts'
import { type Promtool, promtool, type PromtoolTest } from './promtool.ts'

const CASES: readonly AlertCase[] = [
  ...ALLOWANCE_CASES,
  ...CONNTRACK_CASES,
  ...DNS_CASES,
  ...COREDNS_CASES,
  ...SILENCE_CASES,
  ...AGENT_CASES,
  ...COLLECTOR_CASES,
]
const RULES = withDefaults(ruleFile())
const RUNBOOKS = join(import.meta.dirname, '..', '..', '..', 'docs', 'runbooks')

let tool: Promtool
let results: ReadonlyMap<string, string>

beforeAll(async () => {
  tool = await promtool()
  results = tool.testRules(RULES, CASES.map(promtoolTest), '30s')
})

describe('in promtool', () => {
  it('the rule file has nothing to complain about', () => {
    expect(tool.checkRules(RULES)).toBe('')
  })

  it.for(CASES.map(nameOf))('%s', (name) => {
    expect(results.get(name)).toBe('')
  })
})

describe('every alert', () => {
  const tiers = ALERTS.map((rule) => ({ ...rule, tier: `${rule.alert} (${rule.severity})` }))

  it.each(tiers)('$tier has a case that fires and one that does not', ({ alert, severity }) => {
    const fires = CASES.filter((one) => one.alert === alert).map(({ firing }) =>
      firing.some((found) => found.severity === severity),
    )
    expect(new Set(fires)).toEqual(new Set([true, false]))
  })

  it.each(tiers)('$tier looks at metrics that are exported, recorded or scraped', ({ expr }) => {
    expect(metricNames(expr).filter((name) => !isKnown(name))).toEqual([])
    expect(metricNames(expr).length).toBeGreaterThan(0)
  })

  it('has a case, and no case is of another', () => {
    expect(new Set(CASES.map(({ alert }) => alert))).toEqual(new Set(ALERTS.map(({ alert }) => alert)))
    expect(new Set(CASES.map(nameOf)).size).toBe(CASES.length)
  })

  it.each([...new Set(ALERTS.map(({ alert }) => alert))])('%s has its runbook', (alert) => {
    expect(existsSync(join(RUNBOOKS, `${alert}.md`))).toBe(true)
  })
})

describe('an alert that inhibits others in Alertmanager', () => {
  const places = GROUPS.flatMap(({ name, rules }) => rules.map((rule) => ({ group: name, rule })))

  it('is evaluated before them, in their group', () => {
    const indexes = (alert: string): readonly number[] =>
      places.flatMap(({ rule }, i) => ('alert' in rule && rule.alert === alert ? [i] : []))
    const [inhibiting = -1] = indexes('DnsThrottled')
    for (const inhibited of indexes('LinkLocalAllowanceExceeded')) {
      expect(inhibited).toBeGreaterThan(inhibiting)
      expect(places[inhibited]?.group).toBe(places[inhibiting]?.group)
    }
  })
})

describe('every recording rule', () => {
  const recordings = GROUPS.flatMap(({ rules }) => rules.filter((rule) => 'record' in rule))

  it.each(recordings)('$record looks at metrics that are exported or recorded', ({ expr }) => {
    expect(metricNames(expr).filter((name) => !isKnown(name))).toEqual([])
  })

  it.each(recordings)('$record is named level:metric:operations', ({ record }) => {
    expect(record).toMatch(/^[a-z]+:[a-z0-9_]+:[a-z0-9]+$/)
  })
})

describe('thresholds', () => {
  it('are all used, each by the alert that its description names', () => {
    for (const { name, description } of THRESHOLDS) {
      const users = ALERTS.filter(({ expr }) => expr.includes(`%{${name}}`)).map(({ alert }) => alert)
      expect(users, name).toContain(description.split(' ')[0])
    }
  })

  it('are the only tokens beside the settings', () => {
    const tokens = [...ruleFile().matchAll(/%\{([^}]*)\}/g)].map(([, name]) => name)
    const settings = ['runbookBaseUrl', 'dashboardBaseUrl', 'vpcResolvers']
    expect(new Set(tokens)).toEqual(new Set([...THRESHOLDS.map(({ name }) => name), ...settings]))
  })
})

function isKnown(name: string): boolean {
  const collectors = COLLECTOR_METRICS.flatMap((metric) => [metric, `${metric}_total`])
  const exported = new Set([...EXPORTED.values(), ...COREDNS_METRICS, ...collectors, KUBE_NODE_INFO])
  const recorded = GROUPS.flatMap(({ rules }) => rules.map((rule) => ('record' in rule ? rule.record : '')))
  return exported.has(name) || recorded.includes(name)
}

function nameOf({ alert, title }: AlertCase): string {
  return `${alert} ${title}`
}

function promtoolTest(alertCase: AlertCase): PromtoolTest {
  const { alert, series, at, firing } = alertCase
  return {
    name: nameOf(alertCase),
    interval: '1s',
    input_series: series,
    alert_rule_test: [
      {
        eval_time: `${at}s`,
        alertname: alert,
        exp_alerts: firing.map((one) => ({
          exp_labels: { ...one.labels, severity: one.severity },
          exp_annotations: annotations(alert, one),
        })),
      },
    ],
  }
}

/** As Prometheus has to render them, written down by other means. */
function annotations(alert: string, { severity, labels, value }: Firing): object {
  const rule = ALERTS.find((rule) => rule.alert === alert && rule.severity === severity)
  if (!rule) throw new Error(`no alert ${alert} is ${severity}`)
  const expanded = (template: string): string => {
    const text = withDefaults(template)
      .replaceAll(VALUE, String(value))
      .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => {
        const found = labels[name]
        if (found === undefined)
          throw new Error(`${alert} (${severity}) names the label ${name}, which it does not have`)
        return found
      })
    if (text.includes('{{')) throw new Error(`${alert} (${severity}): ${text}`)
    return text
  }
  return {
    summary: expanded(rule.summary),
    description: expanded(rule.description),
    runbook_url: `${RUNBOOK_BASE_URL}/${alert}.md`,
  }
}
