// The rule file that Prometheus, AMP and a PrometheusRule take, with tokens for the thresholds.
import { stringify } from 'yaml'

import { AGENT_GROUP } from './alerts/agent.ts'
import { ALLOWANCE_GROUPS } from './alerts/allowances.ts'
import { COLLECTOR_GROUP } from './alerts/collector.ts'
import { CONNTRACK_GROUP } from './alerts/conntrack.ts'
import { COREDNS_GROUP } from './alerts/coredns.ts'
import { SILENCE_GROUP } from './alerts/silence.ts'
import { CLUSTER, NODE } from './names.ts'
import { RECORDING_GROUP } from './recording.ts'
import { type AlertRule, label, type RecordingRule, type RuleGroup } from './rule.ts'

export const GROUPS: readonly RuleGroup[] = [
  RECORDING_GROUP,
  ...ALLOWANCE_GROUPS,
  CONNTRACK_GROUP,
  COREDNS_GROUP,
  SILENCE_GROUP,
  AGENT_GROUP,
  COLLECTOR_GROUP,
]

/** All alerts; a name has one rule for each of its tiers. */
export const ALERTS: readonly AlertRule[] = GROUPS.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule))

/** YAML that ends with a line feed; the same each time. @param optional whether it has the optional alerts */
export function ruleFile(optional = true): string {
  const groups = GROUPS.map(({ name, interval, queryOffset, rules }) => ({
    name,
    interval,
    query_offset: queryOffset,
    rules: rules
      .filter((rule) => optional || !('alert' in rule && rule.optional))
      .map((rule) => ('alert' in rule ? alert(rule) : recording(rule))),
  }))
  return stringify({ groups }, { lineWidth: 0, singleQuote: true })
}

function alert(rule: AlertRule): object {
  const { alert, expr, for: lasting, keepFiringFor, severity, summary, description } = rule
  return {
    alert,
    expr,
    ...(lasting && { for: lasting }),
    ...(keepFiringFor && { keep_firing_for: keepFiringFor }),
    labels: { severity },
    annotations: {
      summary,
      description,
      runbook_url: `%{runbookBaseUrl}/${alert}.md`,
      dashboard_url: dashboardUrl(rule),
    },
  }
}

/** Of the cluster, and of the node if it is about one. Go's templates have `urlquery`. */
function dashboardUrl({ dashboard, summary }: Pick<AlertRule, 'dashboard' | 'summary'>): string {
  const variable = (name: string, of: string): string => `var-${name}={{ $labels.${of} | urlquery }}`
  const variables = [variable('cluster', CLUSTER), ...(summary.includes(label(NODE)) ? [variable('node', NODE)] : [])]
  return `%{dashboardBaseUrl}/d/ena-otel-${dashboard}?${variables.join('&')}`
}

function recording({ record, expr }: RecordingRule): object {
  return { record, expr }
}
