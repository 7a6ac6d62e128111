// Nodes without data, about which no other alert can fire.
import { KUBE_NODE_INFO } from '../foreign-metrics.ts'
import { CLUSTER, exported, NODE, PER_NODE } from '../names.ts'
import { NODES } from '../recording.ts'
import { label, type RuleGroup, VALUE } from '../rule.ts'
import { threshold } from '../thresholds.ts'

const INTERFACES = exported('ena_otel.interfaces')

const NODE_OF_CLUSTER = `node ${label(NODE)} of cluster ${label(CLUSTER)}`

/** Nodes whose agent reported in a period. */
const seen = (period: string): string => `group by (${PER_NODE}) (last_over_time(${INTERFACES}[${period}]))`
const HEARD = seen('5m')

/** What the series of one kube-state-metrics have in common; a store of several clusters has one of the two labels. */
const KUBE_STATE = `job, cluster, ${CLUSTER}`
const asNode = (vector: string): string => `label_replace(${vector}, "${NODE}", "$1", "node", "(.+)")`
const asCluster = (vector: string): string => `label_replace(${vector}, "${CLUSTER}", "$1", "cluster", "(.+)")`

/**
 * Nodes that Kubernetes had in a period and has no more. If kube-state-metrics is silent itself, perhaps because it ran on the silent node,
 * no node counts as removed.
 */
const removed = (period: string): string =>
  `(${asNode(`(last_over_time(${KUBE_NODE_INFO}[${period}]) and on (${KUBE_STATE}) ${KUBE_NODE_INFO})`)} unless on (${NODE}) ${asNode(KUBE_NODE_INFO)})`

const existing = (period: string): string => `(${seen(period)} unless on (${NODE}) ${removed(period)})`
const silent = (period: string): string => `(${existing(period)} unless ${HEARD})`

/**
 * More than half: a removed node looks like a silent one, and where nodes are replaced, the old ones are half of all. 50 minutes, so that a
 * cluster from which ena-otel was uninstalled stops paging within an hour.
 */
const CLUSTER_IS_SILENT = `100 * count by (${CLUSTER}) ${silent('50m')} / count by (${CLUSTER}) ${existing('50m')} > ${threshold('silentNodesPercent')}`

/** EC2 instances, as kube-state-metrics has them: not Fargate, not hybrid nodes, which have no agent. */
const INSTANCES = asNode(`${KUBE_NODE_INFO}{provider_id=~"aws:///.+/i-[0-9a-f]+"}`)

export const SILENCE_GROUP: RuleGroup = {
  name: 'ena-otel.silence',
  interval: '1m',
  queryOffset: '1m', // a sample that is only late would be a silent node
  rules: [
    {
      // A removed node and a silent node look the same, so the alert ends by itself after 30 minutes. Nodes become silent within a minute of
      // each other when the collector stops: 2 minutes later, it is known whether most of them are.
      alert: 'EnaOtelNodeSilent',
      expr: `${silent('30m')} unless on (${CLUSTER}) (${CLUSTER_IS_SILENT})`,
      for: '2m',
      severity: 'warning',
      summary: `No data from ${NODE_OF_CLUSTER} for 5 minutes`,
      description:
        `The agent of ${NODE_OF_CLUSTER} sent data within the last 30 minutes, but not in the last 5. If the node still exists, ` +
        'drops on it raise no alert now. A running agent keeps its points for 55 minutes (agent.queueAge) and sends them later. ' +
        'The alert ends by itself after 25 minutes, because a removed node looks the same.',
      dashboard: 'node',
    },
    {
      // One alert in place of one for each node: AMP's alert manager takes no more than 1,000 (AMP quotas).
      alert: 'EnaOtelNodeSilent',
      expr: CLUSTER_IS_SILENT,
      severity: 'critical',
      summary: `No data from ${VALUE} % of the nodes of cluster ${label(CLUSTER)} for 5 minutes`,
      description:
        `${VALUE} % of the agents of cluster ${label(CLUSTER)} that reported in the last 50 minutes are silent. The collector or its connection to the store is down, ` +
        'or the cluster was removed. Drops on these nodes raise no alert now. A DNS outage of the cluster can look like this. ' +
        'Running agents keep their points for 55 minutes (agent.queueAge); older points are lost. The alert ends by itself within an hour.',
      dashboard: 'fleet',
    },
    {
      // Only where kube-state-metrics has nodes of which others have an agent. After the 30 minutes of EnaOtelNodeSilent it goes on with
      // a silent node that Kubernetes still has.
      alert: 'EnaOtelNodeWithoutAgent',
      expr: `group by (${PER_NODE}) (${asCluster(`(${INSTANCES} unless on (${NODE}) ${seen('30m')} and on (${KUBE_STATE}) (${INSTANCES} and on (${NODE}) ${HEARD}))`)})`,
      for: '15m',
      severity: 'warning',
      summary: `No agent reports from ${NODE_OF_CLUSTER}`,
      description:
        `Kubernetes has had ${NODE_OF_CLUSTER} for 15 minutes, but no agent of it has reported in the last 30. Other nodes of the cluster report. ` +
        'Drops on this node raise no alert. Its agent does not start, or the DaemonSet does not select the node.',
      dashboard: 'fleet',
    },
    {
      // For a dead man's switch: it fires while data of the cluster arrives and the rules are evaluated.
      alert: 'EnaOtelWatchdog',
      expr: `${NODES} > 0`,
      severity: 'none',
      summary: `${VALUE} nodes of cluster ${label(CLUSTER)} report: this alert should always fire`,
      description:
        `Data of ${VALUE} nodes of cluster ${label(CLUSTER)} arrives, and the rules are evaluated. When this alert ends, data, rules or Alertmanager have stopped, ` +
        'and no other alert would say so. Connect it to a service that reports its absence.',
      dashboard: 'fleet',
    },
  ],
}
