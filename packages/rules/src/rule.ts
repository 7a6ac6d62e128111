// A rule as Prometheus has it. https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  /** How long it goes on firing when its expression doesn't any more. */
  readonly keepFiringFor?: string
  /** `none`: nobody is told, except who waits for it to end (EnaOtelWatchdog). */
  readonly severity: 'warning' | 'critical' | 'none'
  /** One line: what, where. */
  readonly summary: string
  /** What happens to users, on which node and ENI, and the number. */
  readonly description: string
  /** Not for every cluster: the chart creates it only where `rules.disabled` is changed, and the rule file of the documents lacks it. */
  readonly optional?: true
  /** The dashboard that shows it. */
  readonly dashboard: 'fleet' | 'node' | 'dns'
}

export interface RecordingRule {
  /** level:metric:operations, https://prometheus.io/docs/practices/rules/ */
  readonly record: string
  readonly expr: string
}

export interface RuleGroup {
  readonly name: string
  /** AMP takes nothing below 30s (AMP quotas). */
  readonly interval: '30s' | '1m'
  /**
   * How far back the rules look. AMP's default for a group without one is a minute: it accepts out-of-order samples for so long (AMP User
   * Guide, workspace configuration). A late sample can only add to an increase, so rules on limits need none. A group has one only where a
   * missing sample would raise a false alert, or would be recorded for ever; each says why.
   */
  readonly queryOffset: '0s' | '1m'
  readonly rules: readonly (AlertRule | RecordingRule)[]
}

/** A label's value in an annotation. */
export const label = (name: string): string => `{{ $labels.${name} }}`

/** The value of the expression in an annotation, rounded: `increase` extrapolates, so that 31 packets may be 31.6. */
export const VALUE = '{{ printf "%.0f" $value }}'
