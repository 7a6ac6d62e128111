// The agent and the driver: whether what the other rules look at is there, and true.
import { KUBE_NODE_INFO } from '../foreign-metrics.ts'
import { CLUSTER, ENI, exported, INTERFACE, NODE, PER_ENI, PER_NODE } from '../names.ts'
import { NODES } from '../recording.ts'
import { label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'

const INTERFACES = exported('ena_otel.interfaces')
const DISCARDED = exported('ena_otel.read.discarded')
const EXPORT_FAILURES = exported('ena_otel.export.failures')
const DRIVER_EVENTS = exported('ena.driver.events')

const NODE_OF_CLUSTER = `node ${label(NODE)} of cluster ${label(CLUSTER)}`

/**
 * A node that went and one that went silent look the same from here, so the alert ends after 30 minutes by itself; where the store has
 * kube-state-metrics, it doesn't even begin for a node that Kubernetes no longer has.
 */
const SEEN = `group by (${PER_NODE}) (last_over_time(${INTERFACES}[30m]))`
const HEARD = `group by (${PER_NODE}) (last_over_time(${INTERFACES}[5m]))`
const asNode = (vector: string): string => `label_replace(${vector}, "${NODE}", "$1", "node", "(.+)")`
const REMOVED = `(${asNode(`last_over_time(${KUBE_NODE_INFO}[30m])`)} unless on (${NODE}) ${asNode(KUBE_NODE_INFO)})`

export const AGENT_GROUP: RuleGroup = {
  name: 'ena-otel.agent',
  interval: '1m',
  rules: [
    {
      alert: 'EnaOtelNodeSilent',
      expr: `${SEEN} unless ${HEARD} unless on (${NODE}) ${REMOVED}`,
      severity: 'warning',
      summary: `Nothing was heard of ${NODE_OF_CLUSTER} for 5 minutes`,
      description:
        `The agent of ${NODE_OF_CLUSTER} sent numbers within the last 30 minutes, but not in the last 5. If the node still exists, ` +
        'drops on it raise no alert now. The alert ends by itself after 25 minutes, as a node that was removed looks the same.',
    },
    {
      // Of a cluster that went silent as a whole the rule keeps 6 hours: its nodes weren't removed all at once.
      alert: 'EnaOtelNodeSilent',
      expr: `max_over_time(${NODES}[6h]) unless on (${CLUSTER}) ${NODES}`,
      severity: 'critical',
      summary: `Nothing was heard of any node of cluster ${label(CLUSTER)} for 3 minutes`,
      description:
        `All agents of cluster ${label(CLUSTER)}, ${VALUE} at most in the last 6 hours, are silent. The collector or its way to the store is down, ` +
        'or the cluster was removed. Drops on any of its nodes raise no alert now; a DNS outage of the cluster can look like this.',
    },
    {
      alert: 'EnaOtelReadsDiscarded',
      expr: `sum by (${PER_NODE}) (increase(${DISCARDED}[15m])) > ${threshold('readsDiscarded')}`,
      severity: 'warning',
      summary: `${VALUE} reads of the driver were thrown out in 15 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `On ${NODE_OF_CLUSTER} the agent threw out ${VALUE} reads in 15 minutes, because the ENA driver answered with zeros or with impossible numbers. ` +
        'Drops may be counted late on this node; users notice nothing of this itself.',
    },
    {
      // A reset is counted by its cause and in total_resets (driver 2.10.0 and newer), so the kinds aren't added up.
      alert: 'EnaDriverReset',
      expr: `max by (${PER_ENI}) (increase(${DRIVER_EVENTS}{ena_driver_event_name=~"total_resets|reset_fail|tx_timeout|wd_expired"}[15m])) > ${threshold('driverResets')}`,
      keepFiringFor: '10m',
      severity: 'warning',
      summary: `The ENA driver reset ${label(INTERFACE)} of ${NODE_OF_CLUSTER}`,
      description:
        `The ENA driver reset ${label(INTERFACE)} (${label(ENI)}) of ${NODE_OF_CLUSTER} ${VALUE} times in 15 minutes, or failed to. ` +
        'Each time all pods that use this ENI lose their packets for about a second; the counters of the device begin at 0 again.',
    },
    {
      // What fails now is known when it works again, and then counted; a node that sends nothing is the concern of EnaOtelNodeSilent.
      alert: 'EnaOtelExportsFailing',
      expr: `sum by (${PER_NODE}) (increase(${EXPORT_FAILURES}[15m])) > ${threshold('exportsFailed')}`,
      severity: 'warning',
      summary: `${VALUE} exports failed in 15 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `The agent of ${NODE_OF_CLUSTER} could not deliver ${VALUE} exports in 15 minutes: the collector was away, overloaded or refused them. ` +
        'Alerts about this node come late, and its detail by the second is lost for that time; users notice nothing of this itself.',
    },
  ],
}
