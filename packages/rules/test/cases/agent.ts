import { KUBE_NODE_INFO } from '../../src/foreign-metrics.ts'
import { exported } from '../../src/names.ts'
import { type Labels, quiet, rising, sampled, type Series } from '../series.ts'
import { type AlertCase, ETH0, labelsOf, minutes, NODE, OTHER_NODE } from './case.ts'

const INTERFACES = exported('ena_otel.interfaces')
const DISCARDED = exported('ena_otel.read.discarded')
const EXPORT_FAILURES = exported('ena_otel.export.failures')
const EXPORTS = exported('ena_otel.exports')
const DRIVER_EVENTS = exported('ena.driver.events')

const UNTIL = minutes(60)

const alive = (node: Labels, until = UNTIL): Series => sampled(INTERFACES, labelsOf(node), () => 2, { until })
/** What kube-state-metrics says of a node as long as Kubernetes has it. */
const inKubernetes = (node: Labels, until = UNTIL): Series =>
  sampled(KUBE_NODE_INFO, { job: 'kube-state-metrics', node: node['k8s_node_name']! }, () => 1, { until })

const SILENT: AlertCase['firing'] = [{ severity: 'warning', labels: NODE, value: 1 }]

const resets = (name: string, count: number): Series =>
  quiet(DRIVER_EVENTS, labelsOf(NODE, ETH0, { ena_driver_event_name: name }), rising(minutes(10) + 4, count, 1, 3), {
    until: UNTIL,
  })

export const AGENT_CASES: readonly AlertCase[] = [
  {
    alert: 'EnaOtelNodeSilent',
    title: 'warns of one node of two after 5 minutes',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE)],
    at: minutes(18),
    firing: SILENT,
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'still warns when Kubernetes has the node',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE), inKubernetes(NODE), inKubernetes(OTHER_NODE)],
    at: minutes(18),
    firing: SILENT,
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'is silent about a node that was removed from Kubernetes',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE), inKubernetes(NODE, minutes(10)), inKubernetes(OTHER_NODE)],
    at: minutes(18),
    firing: [],
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
    title: 'is silent while the collector is replaced, for 3 minutes',
    series: [alive(NODE, minutes(10)), alive(OTHER_NODE)],
    at: minutes(14),
    firing: [],
  },
  {
    alert: 'EnaOtelNodeSilent',
    title: 'is critical when the whole cluster is silent',
    series: [
      alive(NODE, minutes(10)),
      alive(OTHER_NODE, minutes(10)),
      alive({ k8s_cluster_name: 'green', k8s_node_name: 'a' }),
    ],
    at: minutes(15),
    firing: [{ severity: 'critical', labels: { k8s_cluster_name: 'blue' }, value: 2 }],
  },
  {
    alert: 'EnaOtelReadsDiscarded',
    title: 'warns of a read a second for a minute',
    series: [
      sampled(DISCARDED, labelsOf(NODE, { ena_otel_reason: 'all_zero' }), rising(minutes(20), 1, 60), { until: UNTIL }),
    ],
    at: minutes(25),
    firing: [{ severity: 'warning', labels: NODE, value: 60 }],
  },
  {
    alert: 'EnaOtelReadsDiscarded',
    title: 'is silent about the few of a driver reset',
    series: [
      sampled(DISCARDED, labelsOf(NODE, { ena_otel_reason: 'all_zero' }), rising(minutes(20), 1, 4), { until: UNTIL }),
      sampled(DISCARDED, labelsOf(NODE, { ena_otel_reason: 'absurd' }), () => 0, { until: UNTIL }),
    ],
    at: minutes(25),
    firing: [],
  },
  {
    alert: 'EnaDriverReset',
    title: 'warns of a reset, once, though the driver counts it and its cause',
    series: [resets('total_resets', 1), resets('tx_timeout', 1)],
    at: minutes(14),
    firing: [{ severity: 'warning', labels: { ...NODE, ...ETH0 }, value: 1 }],
  },
  {
    alert: 'EnaDriverReset',
    title: 'is silent when an interface goes down and up',
    series: [resets('total_resets', 0), resets('interface_down', 1), resets('interface_up', 1)],
    at: minutes(14),
    firing: [],
  },
  {
    alert: 'EnaOtelExportsFailing',
    title: 'warns of 12 exports that failed, once the next one got through',
    series: [
      sampled(
        EXPORT_FAILURES,
        labelsOf(NODE),
        (second) => (second <= minutes(17) ? 0 : second >= minutes(20) ? 12 : undefined),
        { until: UNTIL },
      ),
      sampled(EXPORTS, labelsOf(NODE), (second) => Math.floor(second / 15), { until: UNTIL }),
    ],
    at: minutes(23),
    firing: [{ severity: 'warning', labels: NODE, value: 12 }],
  },
  {
    alert: 'EnaOtelExportsFailing',
    title: 'is silent about two, when a collector is replaced',
    series: [sampled(EXPORT_FAILURES, labelsOf(NODE), rising(minutes(20), 1, 2), { until: UNTIL })],
    at: minutes(23),
    firing: [],
  },
]
