import { KUBE_NODE_INFO } from '../../src/foreign-metrics.ts'
import { exported } from '../../src/names.ts'
import { type Labels, sampled, type Series } from '../series.ts'
import { type AlertCase, labelsOf, minutes, NODE, OTHER_NODE } from './case.ts'

const INTERFACES = exported('ena_otel.interfaces')
const UNTIL = minutes(90)
const CLUSTER = { k8s_cluster_name: 'blue' }

/** An agent whose quiet series and own metrics have a sample a minute. */
const alive = (node: Labels, until = UNTIL, every = 60): Series =>
  sampled(INTERFACES, labelsOf(node), () => 2, { until, every })

/** Nodes of the cluster besides NODE and OTHER_NODE. */
const others = (count: number, until = UNTIL): readonly Series[] =>
  Array.from({ length: count }, (_, i) => alive({ ...NODE, k8s_node_name: `node-${i}` }, until))

/** What kube-state-metrics says of a node as long as Kubernetes has it. */
const inKubernetes = (node: Labels, until = UNTIL, id = 'i-0123456789abcdef0'): Series =>
  sampled(
    KUBE_NODE_INFO,
    {
      job: 'kube-state-metrics',
      cluster: 'blue',
      node: node['k8s_node_name']!,
      provider_id: `aws:///eu-west-1a/${id}`,
    },
    () => 1,
    { until, every: 30 },
  )

const SILENT: AlertCase['firing'] = [{ severity: 'warning', labels: NODE, value: 1 }]
const reporting = (nodes: number): AlertCase['firing'] => [{ severity: 'none', labels: CLUSTER, value: nodes }]

export const SILENCE_CASES: readonly AlertCase[] = [
  {
    alert: 'EnaOtelNodeSilent',
    title: 'warns of one node of two after 5 minutes',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE)],
    at: minutes(19),
    firing: SILENT,
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'still warns when Kubernetes has the node',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE), inKubernetes(NODE), inKubernetes(OTHER_NODE)],
    at: minutes(19),
    firing: SILENT,
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'is silent about a node that was removed from Kubernetes',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE), inKubernetes(NODE, minutes(10)), inKubernetes(OTHER_NODE)],
    at: minutes(19),
    firing: [],
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'warns when kube-state-metrics ran on the node and is silent with it',
    series: [
      alive(NODE, minutes(10)),
      alive(OTHER_NODE),
      inKubernetes(NODE, minutes(10)),
      inKubernetes(OTHER_NODE, minutes(10)),
    ],
    at: minutes(19),
    firing: SILENT,
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'ends by itself where nothing knows whether the node was removed',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE)],
    at: minutes(43),
    firing: [],
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'is silent while the collector is replaced, for 3 minutes and a half, which the queue covers',
    series: [alive(NODE, minutes(10) - 1), alive(OTHER_NODE, minutes(10) - 1)], // the last samples of 9:00
    at: minutes(13) + 30,
    firing: [],
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'is critical, once, when the whole cluster is silent',
    series: [
      alive(NODE, minutes(10)),
      alive(OTHER_NODE, minutes(10)),
      alive({ k8s_cluster_name: 'green', k8s_node_name: 'a' }),
    ],
    at: minutes(17),
    firing: [{ severity: 'critical', labels: CLUSTER, value: 100 }],
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'is critical, once, when 8 nodes of 10 are silent',
    series: [...others(8, minutes(10)), alive(NODE), alive(OTHER_NODE)],
    at: minutes(17),
    firing: [{ severity: 'critical', labels: CLUSTER, value: 80 }],
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'is not critical when half of the nodes were removed, as the new ones of an upgrade are there',
    series: [...others(3, minutes(10)), alive({ ...NODE, k8s_node_name: 'new-0' }), alive(NODE), alive(OTHER_NODE)],
    at: minutes(45),
    firing: [],
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'stops within an hour after the cluster was uninstalled',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE, minutes(10))],
    at: minutes(70),
    firing: [],
  },
  {
    // The chart's values.yaml says that agent.exportInterval may be so long, and no longer, with these rules.
    alert: 'EnaOtelNodeSilent',
    title: 'is silent about a cluster of one node that exports every 2 minutes',
    series: [alive(NODE, UNTIL, minutes(2))],
    at: minutes(41) + 30,
    firing: [],
  },
  {
    alert: 'EnaOtelNodeWithoutAgent',
    title: 'warns of a node on which no agent ever ran',
    series: [alive(OTHER_NODE), inKubernetes(NODE), inKubernetes(OTHER_NODE)],
    at: minutes(40),
    firing: SILENT,
  },
  {
    alert: 'EnaOtelNodeWithoutAgent',
    title: 'warns of a node that Kubernetes still has after 45 minutes of silence',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE), inKubernetes(NODE), inKubernetes(OTHER_NODE)],
    at: minutes(60),
    firing: SILENT,
  },
  {
    alert: 'EnaOtelNodeWithoutAgent',
    title: 'is silent about Fargate, about a cluster without ena-otel, and when all agents are silent',
    series: [
      alive(NODE, minutes(10)),
      inKubernetes(NODE),
      inKubernetes({ k8s_node_name: 'fargate-ip-10-0-3-1' }, UNTIL, '0a1b2c/fargate-ip-10-0-3-1'),
    ],
    at: minutes(60),
    firing: [],
  },
  {
    alert: 'EnaOtelWatchdog',
    title: 'fires while nodes report',
    series: [alive(NODE), alive(OTHER_NODE)],
    at: minutes(20),
    firing: reporting(2),
  },
  {
    alert: 'EnaOtelWatchdog',
    title: 'ends when none reports any more',
    series: [alive(NODE, minutes(10))],
    at: minutes(25),
    firing: [],
  },
]
