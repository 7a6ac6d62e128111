// The agent and the driver: whether the data of the other rules is complete and correct. Nodes without data are in silence.ts.
//
// The agent's queue metrics travel through that queue, in order. If the collector accepts nothing, the node is silent: EnaOtelNodeSilent.
// If it accepts too little, data arrives later and later: EnaOtelQueueFilling, and EnaOtelNodeSilent when the newest point is 5 minutes
// old. Data from such a period is stored later with its own timestamps, which rules over the last minutes miss. AllowanceExceededLate
// therefore looks back two hours when the age of the queue shows that points arrived late.
import { ALLOWANCE, CLUSTER, ENI, exported, INTERFACE, NODE, PER_ENI, PER_NODE } from '../names.ts'
import { label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'

const DISCARDED = exported('ena_otel.read.discarded')
const EXCEEDED = exported('ena.allowance.exceeded')
const REJECTED = `${exported('otel.sdk.exporter.metric_data_point.exported')}{error_type="rejected"}`
const QUEUE_AGE = exported('ena_otel.queue.age')
const QUEUE_SIZE = exported('ena_otel.queue.size')
const QUEUE_CAPACITY = exported('ena_otel.queue.capacity')
const POINTS_DROPPED = exported('ena_otel.points.dropped')
const SERIES_CUT = exported('ena_otel.series.cut')
const SAMPLE_INTERVAL = exported('ena_otel.sample.interval')
const DRIVER_EVENTS = exported('ena.driver.events')

const NODE_OF_CLUSTER = `node ${label(NODE)} of cluster ${label(CLUSTER)}`

/** Packets of two hours over the limit of tracked connections, or over the others. */
const late = (operator: '=' | '!='): string =>
  `sum by (${PER_NODE}, ${ALLOWANCE}) (increase(${EXCEEDED}{${ALLOWANCE}${operator}"conntrack"}[2h:5m]))`

export const AGENT_GROUP: RuleGroup = {
  name: 'ena-otel.agent',
  interval: '1m',
  queryOffset: '0s', // a late sample can only add to what is counted; that none arrives is for silence.ts
  rules: [
    {
      alert: 'EnaOtelReadsDiscarded',
      expr: `sum by (${PER_NODE}) (increase(${DISCARDED}[15m])) > ${threshold('readsDiscarded')}`,
      severity: 'warning',
      summary: `${VALUE} reads of the driver were discarded in 15 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `On ${NODE_OF_CLUSTER}, the agent discarded ${VALUE} reads in 15 minutes, because the ENA driver returned zeros or impossible values. ` +
        'Drops on this node may be counted late. Users do not notice this.',
      dashboard: 'node',
    },
    {
      // A reset counts in its cause and in total_resets (driver 2.10.0 and newer), so the events are not added up.
      alert: 'EnaDriverReset',
      expr: `max by (${PER_ENI}) (increase(${DRIVER_EVENTS}{ena_driver_event_name=~"total_resets|reset_fail|tx_timeout|wd_expired"}[15m])) > ${threshold('driverResets')}`,
      keepFiringFor: '10m',
      severity: 'warning',
      summary: `The ENA driver reset ${label(INTERFACE)} of ${NODE_OF_CLUSTER}`,
      description:
        `The ENA driver reset ${label(INTERFACE)} (${label(ENI)}) of ${NODE_OF_CLUSTER} ${VALUE} times in 15 minutes, or tried to. ` +
        'Each time, all pods that use this ENI lose packets for about a second. The counters of the device start at 0 again.',
      dashboard: 'node',
    },
    {
      // After an outage, its last value, the whole length of the outage, remains for a minute or two, when no action is needed any more.
      // The condition therefore has to last. Size and capacity are divided series by series: an agent has one of each.
      alert: 'EnaOtelQueueFilling',
      expr:
        `max by (${PER_NODE}) (${QUEUE_AGE}) and on (${PER_NODE}) ` +
        `(max by (${PER_NODE}) (${QUEUE_AGE}) > ${threshold('queueAgeSeconds')} or max by (${PER_NODE}) (100 * ${QUEUE_SIZE} / ${QUEUE_CAPACITY}) > ${threshold('queueFullPercent')})`,
      for: '3m',
      severity: 'warning',
      summary: `The collector accepts less than ${NODE_OF_CLUSTER} sends`,
      description:
        `The oldest point of the agent of ${NODE_OF_CLUSTER} has waited for ${VALUE} s. The collector accepts too little, or answers too slowly. ` +
        'Alerts about this node come late. When the queue is full, bursts lose their detail by the second, the oldest first. Totals stay correct.',
      dashboard: 'node',
    },
    {
      alert: 'EnaOtelQueueFilling',
      expr: `sum by (${PER_NODE}) (increase(${POINTS_DROPPED}[15m])) > ${threshold('pointsDropped')}`,
      severity: 'critical',
      summary: `About ${VALUE} points were dropped in 15 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `The agent of ${NODE_OF_CLUSTER} dropped about ${VALUE} points in 15 minutes, the oldest first, because its queue was full or they were too old for the store. ` +
        'Totals stay correct. The time and height of bursts in that period are lost.',
      dashboard: 'node',
    },
    {
      // 5 minutes is the window of the alerts on limits, which miss later points. AMP bills queries by the samples that they read: one
      // sample in 5 minutes is enough to see an increase, and a 20th of all samples. Each packet over the limit of tracked connections is a
      // connection that failed, so a few of those count, as in ConntrackAllowanceExceeded.
      alert: 'AllowanceExceededLate',
      expr:
        `(${late('!=')} > ${threshold('lateExceededPackets')} or ${late('=')} > ${threshold('lateConntrackPackets')}) ` +
        `and on (${PER_NODE}) max by (${PER_NODE}) (max_over_time(${QUEUE_AGE}[15m])) > 300`,
      severity: 'warning',
      summary: `About ${VALUE} packets exceeded the limit ${label(ALLOWANCE)} while ${NODE_OF_CLUSTER} was silent`,
      description:
        `Points of ${NODE_OF_CLUSTER} arrived more than 5 minutes late, too late for the alerts about limits. In the last two hours, AWS queued or dropped about ${VALUE} of its packets because of the limit ${label(ALLOWANCE)}. ` +
        'This may be why the node was silent. The node dashboard shows when it happened. The alert ends by itself 15 minutes after the last late point.',
      dashboard: 'node',
    },
    {
      // Only points that are refused permanently. Failed requests that are retried lose nothing.
      alert: 'EnaOtelExportsRefused',
      expr: `sum by (${PER_NODE}) (increase(${REJECTED}[15m])) > ${threshold('pointsRefused')}`,
      severity: 'warning',
      summary: `About ${VALUE} points were refused in 15 minutes on ${NODE_OF_CLUSTER}`,
      description:
        `The collector permanently refused about ${VALUE} points of ${NODE_OF_CLUSTER} in 15 minutes, so the agent does not send them again. Its log has the reason. ` +
        'Totals are complete with the next accepted export. The detail by the second of the refused points is lost. Users do not notice this.',
      dashboard: 'node',
    },
    {
      alert: 'EnaOtelSeriesCut',
      expr: `max by (${PER_NODE}) (${SERIES_CUT}) > ${threshold('seriesCut')}`,
      for: '10m',
      severity: 'warning',
      summary: `${VALUE} series are not sent from ${NODE_OF_CLUSTER}`,
      description:
        `The agent of ${NODE_OF_CLUSTER} has ${VALUE} series more than it may send (agent.maxSeries). It removes driver statistics (agent.statistics) and compatibility names (agent.compat) first, AWS limits last. ` +
        'Its log names them once. Dashboards and rules that need these series show nothing for this node.',
      dashboard: 'node',
    },
    {
      alert: 'EnaOtelSamplingSlow',
      expr: `max by (${PER_NODE}) (${SAMPLE_INTERVAL}) > ${threshold('sampleSeconds')}`,
      for: '15m',
      severity: 'warning',
      summary: `The counters of ${NODE_OF_CLUSTER} are read only every ${VALUE} s`,
      description:
        `Reading the counters takes so long on ${NODE_OF_CLUSTER} that its agent reads them only every ${VALUE} s, to hold the kernel's lock for less than 1 % of the time. ` +
        'Totals stay correct. Bursts are less precise, and alerts about this node come a little later. The admin queue of an ENI is slow, or many programs use it.',
      dashboard: 'node',
    },
  ],
}
