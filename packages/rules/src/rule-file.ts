// The rule file that Prometheus, AMP and a PrometheusRule take, with tokens for the thresholds.
import { stringify } from 'yaml'

import { AGENT_GROUP } from './alerts/agent.ts'
import { ALLOWANCE_GROUPS } from './alerts/allowances.ts'
import { CONNTRACK_GROUP } from './alerts/conntrack.ts'
import { DNS_GROUP } from './alerts/dns.ts'
import { RECORDING_GROUP } from './recording.ts'
import type { AlertRule, RecordingRule, RuleGroup } from './rule.ts'

export const GROUPS: readonly RuleGroup[] = [
  RECORDING_GROUP,
  ...ALLOWANCE_GROUPS,
  CONNTRACK_GROUP,
  DNS_GROUP,
  AGENT_GROUP,
]

/** All alerts; a name has one rule for each of its tiers. */
export const ALERTS: readonly AlertRule[] = GROUPS.flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule))

/**
 * Rules look this far back, so that what arrives late is there: AMP takes samples out of order within 60 s by default, and advises an
 * offset no shorter than that window (AMP User Guide, workspace configuration); an agent exports every 15 s.
 */
const QUERY_OFFSET = '1m'

/** YAML that ends with a line feed; the same each time. */
export function ruleFile(): string {
  const groups = GROUPS.map(({ name, interval, rules }) => ({
    name,
    interval,
    query_offset: QUERY_OFFSET,
    rules: rules.map((rule) => ('alert' in rule ? alert(rule) : recording(rule))),
  }))
  return stringify({ groups }, { lineWidth: 0, singleQuote: true })
}

function alert({ alert, expr, for: lasting, keepFiringFor, severity, summary, description }: AlertRule): object {
  return {
    alert,
    expr,
    ...(lasting && { for: lasting }),
    ...(keepFiringFor && { keep_firing_for: keepFiringFor }),
    labels: { severity },
    annotations: { summary, description, runbook_url: `%{runbookBaseUrl}/${alert}.md` },
  }
}

function recording({ record, expr }: RecordingRule): object {
  return { record, expr }
}
