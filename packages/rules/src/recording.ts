// Recording rules, so that a dashboard of a thousand nodes reads few series. Names: level:metric:operations.
// Rules about throttling have `> 0`, because AMP bills by sample: a node that is not throttled records nothing.
import { ALLOWANCE, CLUSTER, exported, INTERFACE, NODE, PER_ENI, PER_INSTANCE, PER_NODE } from './names.ts'
import type { RecordingRule, RuleGroup } from './rule.ts'

const AVAILABLE = exported('ena.conntrack.available')
const CAPACITY = exported('ena.conntrack.capacity')
const COUNT = exported('system.network.conntrack.count')
const MAX = exported('system.network.conntrack.max')

/** Packets over each limit in 5 minutes, by node and by ENI. */
export const NODE_EXCEEDED = 'node:ena_allowance_exceeded:increase5m'
export const ENI_EXCEEDED = 'eni:ena_allowance_exceeded:increase5m'
/** Seconds of 5 minutes in which the node, at its worst ENI, was over each limit. */
export const NODE_THROTTLED = 'node:ena_allowance_throttled_seconds:increase5m'
/** Connections that the instance can still open, and the highest number that was observed. */
export const CONNTRACK_AVAILABLE = 'node:ena_conntrack_available:min'
export const CONNTRACK_CAPACITY = 'node:ena_conntrack_capacity:max'
/** The share of the capacity that is available, 0 to 1. */
export const CONNTRACK_FREE = 'node:ena_conntrack_available:ratio'
/** How full the kernel's own table is, 0 to 1. */
export const TABLE_FULL = 'node:system_network_conntrack:ratio'
/** Nodes whose agent reports. */
export const NODES = 'cluster:ena_otel_nodes:count'

/**
 * Evaluated in the group of the alerts on conntrack, before them, because the order of groups is undefined.
 *
 * Available: the number is the same on every ENI, but stale for hours on an ENI without traffic (amzn-drivers issue 291). Only ENIs whose
 * number changed recently count. If none changed (all used up, or no traffic at all), the lowest counts.
 *
 * Capacity: a restarted agent measures it again, perhaps when few connections are available. The maximum of the last 6 hours therefore
 * counts, as long as the agent of that instance reports. Without that condition, the rule would keep its own value for ever.
 */
export const CONNTRACK_RECORDINGS: readonly RecordingRule[] = [
  {
    record: CONNTRACK_AVAILABLE,
    expr: `min by (${PER_INSTANCE}) (${AVAILABLE} and changes(${AVAILABLE}[10m]) > 0) or min by (${PER_INSTANCE}) (${AVAILABLE})`,
  },
  {
    record: CONNTRACK_CAPACITY,
    expr: `max by (${PER_INSTANCE}) (${CAPACITY} or max_over_time(${CONNTRACK_CAPACITY}[6h]) and on (${PER_INSTANCE}) ${CAPACITY})`,
  },
  { record: CONNTRACK_FREE, expr: `${CONNTRACK_AVAILABLE} / ${CONNTRACK_CAPACITY}` },
  { record: TABLE_FULL, expr: `max by (${PER_NODE}) (${COUNT}) / max by (${PER_NODE}) (${MAX})` },
]

const EXCEEDED = exported('ena.allowance.exceeded')
const THROTTLED = exported('ena.allowance.throttled.time')
const INTERFACES = exported('ena_otel.interfaces')

/** The fleet dashboard depends on the interval: it divides a sum of values recorded every minute by five. */
export const RECORDING_GROUP: RuleGroup = {
  name: 'ena-otel.recording',
  interval: '1m',
  queryOffset: '1m', // what is recorded is not corrected when a late sample arrives
  rules: [
    {
      record: ENI_EXCEEDED,
      expr: `sum by (${PER_ENI}, ${ALLOWANCE}) (increase(${EXCEEDED}[5m])) > 0`,
    },
    {
      record: NODE_EXCEEDED,
      expr: `sum by (${PER_NODE}, ${ALLOWANCE}) (${ENI_EXCEEDED})`,
    },
    {
      // An ENI whose id was known late has two series: first the sum by interface, then the worst interface.
      record: NODE_THROTTLED,
      expr: `max by (${PER_NODE}, ${ALLOWANCE}) (sum by (${PER_NODE}, ${INTERFACE}, ${ALLOWANCE}) (increase(${THROTTLED}[5m]))) > 0`,
    },
    {
      // Five minutes, as in EnaOtelNodeSilent.
      record: NODES,
      expr: `count by (${CLUSTER}) (group by (${CLUSTER}, ${NODE}) (last_over_time(${INTERFACES}[5m])))`,
    },
  ],
}
