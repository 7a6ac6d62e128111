// Tracked connections: the instance's allowance before it is used up, and the kernel's own table, which is separate.
import { CLUSTER, exported, HOST, NODE, PER_NODE } from '../names.ts'
import { CONNTRACK_AVAILABLE, CONNTRACK_FREE, CONNTRACK_RECORDINGS, TABLE_FULL } from '../recording.ts'
import { type AlertRule, label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'

const INSERT_FAILED = exported('ena.node.conntrack.insert_failed')

const NODE_OF_CLUSTER = `node ${label(NODE)} of cluster ${label(CLUSTER)}`
const INSTANCE = `node ${label(NODE)} (${label(HOST)}) of cluster ${label(CLUSTER)}`

/** Minutes until no connection is available, at the rate of the last 15 minutes; no value if the number does not fall. */
const MINUTES_LEFT = `${CONNTRACK_AVAILABLE} / -(deriv(${CONNTRACK_AVAILABLE}[15m]) < 0) / 60`

const WHEN_NONE_IS_LEFT = 'When none is left, new connections from and to its pods time out.'
const WHEN_THE_TABLE_IS_FULL =
  'When it is full, the kernel drops the first packet of every new flow, including DNS queries of the pods.'

export const CONNTRACK_GROUP: RuleGroup = {
  name: 'ena-otel.conntrack',
  interval: '1m',
  queryOffset: '0s', // of a number that is late, the one before it counts
  rules: [
    ...CONNTRACK_RECORDINGS,
    allowanceLow('warning', 'conntrackAvailableWarningPercent', 'conntrackAvailableWarning', '2m'),
    allowanceLow('critical', 'conntrackAvailableCriticalPercent', 'conntrackAvailableCritical'),
    exhaustion('warning', 'conntrackExhaustionWarningMinutes'),
    exhaustion('critical', 'conntrackExhaustionCriticalMinutes'),
    tableFull('warning', 'conntrackTableWarningPercent', '2m'),
    tableFull('critical', 'conntrackTableCriticalPercent'),
    {
      alert: 'NodeConntrackInsertFailed',
      expr: `sum by (${PER_NODE}) (increase(${INSERT_FAILED}[5m])) > ${threshold('conntrackInsertFailedEntries')}`,
      keepFiringFor: '10m',
      severity: 'warning',
      summary: `${VALUE} connections could not be tracked in 5 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `The kernel of ${NODE_OF_CLUSTER} dropped ${VALUE} packets in 5 minutes because two packets of one flow raced for one entry of its table. ` +
        'A DNS query that loses the race (A and AAAA from one port) is repeated after 5 seconds, so names resolve slowly.',
      dashboard: 'node',
    },
  ],
}

/**
 * The capacity is an assumption: the highest number that was available since the agent started. If it started when few were, they are all
 * of that capacity. A number that is low on every instance therefore counts, too.
 */
function allowanceLow(
  severity: AlertRule['severity'],
  percent: 'conntrackAvailableWarningPercent' | 'conntrackAvailableCriticalPercent',
  connections: 'conntrackAvailableWarning' | 'conntrackAvailableCritical',
  lasting?: string,
): AlertRule {
  return {
    alert: 'ConntrackAllowanceLow',
    expr: `${CONNTRACK_AVAILABLE} and (100 * ${CONNTRACK_FREE} < ${threshold(percent)} or ${CONNTRACK_AVAILABLE} < ${threshold(connections)})`,
    ...(lasting && { for: lasting }),
    keepFiringFor: '5m',
    severity,
    summary: `${VALUE} tracked connections are left on ${INSTANCE}`,
    description:
      `${VALUE} tracked connections are left on ${INSTANCE}: less than ${threshold(percent)} % of the highest number that was observed, or less than ${threshold(connections)}. ` +
      `${WHEN_NONE_IS_LEFT} The limit applies to the instance, so the number is the same on all its ENIs.`,
    dashboard: 'node',
  }
}

/** Only below half of the capacity: a node that fills with pods opens connections fast, and then stops. */
function exhaustion(
  severity: AlertRule['severity'],
  minutes: 'conntrackExhaustionWarningMinutes' | 'conntrackExhaustionCriticalMinutes',
): AlertRule {
  return {
    alert: 'ConntrackAllowanceExhaustion',
    expr: `${MINUTES_LEFT} < ${threshold(minutes)} and ${CONNTRACK_FREE} < 0.5`,
    for: '5m',
    keepFiringFor: '5m',
    severity,
    summary: `No tracked connection will be left in ${VALUE} minutes on ${INSTANCE}`,
    description: `At the rate of the last 15 minutes, ${INSTANCE} will have no tracked connection left in ${VALUE} minutes. ${WHEN_NONE_IS_LEFT}`,
    dashboard: 'node',
  }
}

function tableFull(
  severity: AlertRule['severity'],
  percent: 'conntrackTableWarningPercent' | 'conntrackTableCriticalPercent',
  lasting?: string,
): AlertRule {
  return {
    alert: 'NodeConntrackTableFull',
    expr: `100 * ${TABLE_FULL} > ${threshold(percent)}`,
    ...(lasting && { for: lasting }),
    keepFiringFor: '5m',
    severity,
    summary: `The kernel's connection table is ${VALUE} % full on ${NODE_OF_CLUSTER}`,
    description: `The kernel's connection tracking table (nf_conntrack_max) is ${VALUE} % full on ${NODE_OF_CLUSTER}. ${WHEN_THE_TABLE_IS_FULL}`,
    dashboard: 'node',
  }
}
