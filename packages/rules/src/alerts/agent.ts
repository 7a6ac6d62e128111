// The agent and the driver: whether what the other rules look at is there, and true.
//
// What the agent says of its queue travels through that queue, in order. So of a collector that takes nothing, nothing is heard:
// EnaOtelNodeSilent. One that takes too little is heard late, ever later, and is EnaOtelQueueFilling until its newest number is 5 minutes
// old; then it is EnaOtelNodeSilent too. What happened meanwhile is in the store afterwards, at its own time, where a rule that looks at the last
// minutes doesn't see it. So AllowanceExceededLate looks at the last hour when the queue's age says that numbers came late.
import { KUBE_NODE_INFO } from '../foreign-metrics.ts'
import { ALLOWANCE, CLUSTER, ENI, exported, INTERFACE, NODE, PER_ENI, PER_NODE } from '../names.ts'
import { NODES } from '../recording.ts'
import { label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'

const INTERFACES = exported('ena_otel.interfaces')
const DISCARDED = exported('ena_otel.read.discarded')
const EXCEEDED = exported('ena.allowance.exceeded')
const REJECTED = exported('ena_otel.export.rejected')
const QUEUE_AGE = exported('ena_otel.queue.age')
const QUEUE_SIZE = exported('ena_otel.queue.size')
const QUEUE_CAPACITY = exported('ena_otel.queue.capacity')
const POINTS_DROPPED = exported('ena_otel.points.dropped')
const SERIES_CUT = exported('ena_otel.series.cut')
const SAMPLE_INTERVAL = exported('ena_otel.sample.interval')
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
        'drops on it raise no alert now. Its agent keeps what it counts for 55 minutes (agent.queueAge) and sends it later, if it runs. ' +
        'The alert ends by itself after 25 minutes, as a node that was removed looks the same.',
    },
    {
      // Of a cluster that went silent as a whole the rule keeps 6 hours: its nodes weren't removed all at once.
      alert: 'EnaOtelNodeSilent',
      expr: `max_over_time(${NODES}[6h]) unless on (${CLUSTER}) ${NODES}`,
      severity: 'critical',
      summary: `Nothing was heard of any node of cluster ${label(CLUSTER)} for 3 minutes`,
      description:
        `All agents of cluster ${label(CLUSTER)}, ${VALUE} at most in the last 6 hours, are silent. The collector or its way to the store is down, ` +
        'or the cluster was removed. Drops on any of its nodes raise no alert now; a DNS outage of the cluster can look like this. ' +
        'The agents keep what they count for 55 minutes (agent.queueAge); what is older by then is lost.',
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
      // An outage leaves its last value, its whole length, to be seen for a minute or two after its end, when nothing is to be done any
      // more; so it has to last. Capacity is compared series by series: an agent has one of each.
      alert: 'EnaOtelQueueFilling',
      expr:
        `max by (${PER_NODE}) (${QUEUE_AGE}) and on (${PER_NODE}) ` +
        `(max by (${PER_NODE}) (${QUEUE_AGE}) > ${threshold('queueAgeSeconds')} or max by (${PER_NODE}) (100 * ${QUEUE_SIZE} / ${QUEUE_CAPACITY}) > ${threshold('queueFullPercent')})`,
      for: '3m',
      severity: 'warning',
      summary: `The collector takes less than ${NODE_OF_CLUSTER} sends`,
      description:
        `The agent of ${NODE_OF_CLUSTER} has waited ${VALUE} s to deliver the oldest of what it counted, and it goes on: the collector takes too little, or answers too slowly. ` +
        'Alerts about this node come late. When its queue is full, bursts lose their detail by the second, the oldest first; totals stay right.',
    },
    {
      alert: 'EnaOtelQueueFilling',
      expr: `sum by (${PER_NODE}) (increase(${POINTS_DROPPED}[15m])) > ${threshold('pointsDropped')}`,
      severity: 'critical',
      summary: `About ${VALUE} points were dropped in 15 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `The agent of ${NODE_OF_CLUSTER} dropped about ${VALUE} points in 15 minutes, the oldest first, because the collector had not taken them before its queue was full or they were too old for the store. ` +
        'Totals stay right; when in that time something happened, and how hard, is lost.',
    },
    {
      // 5 minutes is the window of the alerts on limits: what comes later than that they don't see. AMP bills queries by the samples that
      // they read: one in 5 minutes is enough to see a counter rise, and a 20th of all.
      alert: 'AllowanceExceededLate',
      expr:
        `sum by (${PER_NODE}, ${ALLOWANCE}) (increase(${EXCEEDED}[2h:5m])) > ${threshold('lateExceededPackets')} ` +
        `and on (${PER_NODE}) max by (${PER_NODE}) (max_over_time(${QUEUE_AGE}[10m])) > 300`,
      severity: 'warning',
      summary: `About ${VALUE} packets were over the limit ${label(ALLOWANCE)} while nothing was heard of ${NODE_OF_CLUSTER}`,
      description:
        `What ${NODE_OF_CLUSTER} counted arrived more than 5 minutes late, too late for the alerts about limits. In the last two hours AWS queued or dropped about ${VALUE} of its packets over the limit ${label(ALLOWANCE)}: ` +
        'this may be why it was silent. The node dashboard shows when. The alert ends by itself 10 minutes after the last late number.',
    },
    {
      // Failed attempts are repeated and lose nothing: they aren't in it. What is refused for good is.
      alert: 'EnaOtelExportsFailing',
      expr: `sum by (${PER_NODE}) (increase(${REJECTED}[15m])) > ${threshold('pointsRefused')}`,
      severity: 'warning',
      summary: `About ${VALUE} points were refused in 15 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `The collector refused about ${VALUE} points of ${NODE_OF_CLUSTER} in 15 minutes for good, so the agent doesn't send them again: its log says which and why. ` +
        'Totals catch up with the next export that is taken; the detail by the second of those that were refused is lost. Users notice nothing of this itself.',
    },
    {
      alert: 'EnaOtelSeriesCut',
      expr: `max by (${PER_NODE}) (${SERIES_CUT}) > ${threshold('seriesCut')}`,
      for: '10m',
      severity: 'warning',
      summary: `${VALUE} series are not sent from ${NODE_OF_CLUSTER}`,
      description:
        `The agent of ${NODE_OF_CLUSTER} has ${VALUE} series more than it may send (agent.mostSeries). Cut are driver statistics (agent.statistics) and compatibility names (agent.compat) first, and limits of AWS last; ` +
        'the log of the agent names them once. Dashboards and rules that need them see nothing of this node.',
    },
    {
      alert: 'EnaOtelSamplingSlow',
      expr: `max by (${PER_NODE}) (${SAMPLE_INTERVAL}) > ${threshold('sampleSeconds')}`,
      for: '15m',
      severity: 'warning',
      summary: `The counters of ${NODE_OF_CLUSTER} are read only every ${VALUE} s`,
      description:
        `Reading the counters takes so long on ${NODE_OF_CLUSTER} that its agent reads them every ${VALUE} s, to hold the kernel's lock for less than 1 % of the time. ` +
        'Totals stay right; bursts are seen less sharply, and alerts about this node come a little later. The admin queue of an ENI is slow, or many programs use it.',
    },
  ],
}
