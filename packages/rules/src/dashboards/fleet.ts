// All nodes: which of them are over a limit, over which, since when.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'

import { ALLOWANCE, CLUSTER, exported, NODE, PER_NODE } from '../names.ts'
import { CONNTRACK_FREE, NODE_EXCEEDED, NODE_THROTTLED, NODES } from '../recording.ts'
import { dashboard, NODE_LEGEND, row, SELECTED, SELECTED_OWN } from './dashboard.ts'
import { heatMap, lines, number, ranking, table } from './panels.ts'

const PACKETS = exported('system.network.packet.count')
const BYTES = exported('system.network.io')

const LIMIT_LEGEND = `{{${ALLOWANCE}}}`

/**
 * The whole selected time. Each recorded value is an increase over 5 minutes, recorded every minute, so each packet counts five times. The
 * error is a few percent. It reads 1 sample a minute of throttled nodes instead of 4 of every node.
 */
const inAll = (recorded: string): string => `sum_over_time(${recorded}{${SELECTED}}[$__range]) / 5`

/** From a row of the table to the node's dashboard, at the same time. */
const NODE_LINK = {
  title: 'Dashboard of this node',
  url: '/d/ena-otel-node?var-cluster=${__data.fields.Cluster}&var-node=${__value.raw}&${__url_time_range}',
}

/** In milliseconds, as Grafana has times. */
const when = (first: 'min' | 'max'): string =>
  `1000 * ${first}_over_time(timestamp(${NODE_THROTTLED}{${SELECTED}})[$__range:1m])`

export const FLEET: Dashboard = dashboard({
  uid: 'ena-otel-fleet',
  title: 'ENA limits: fleet',
  description: 'Which nodes AWS throttles, at which limit, since when.',
  nodes: 'all',
  from: 'now-3h',
})
  .withPanel(
    number(
      {
        title: 'Nodes that report',
        description:
          'Nodes whose agent sent data in the last 5 minutes. If you have more nodes than this, some are not monitored.',
        unit: 'none',
        span: 8,
      },
      { expr: `sum(${NODES}{${CLUSTER}=~"$cluster"})` },
    ),
  )
  .withPanel(
    number(
      {
        title: 'Nodes throttled',
        description:
          'Nodes that exceeded any limit in the last 5 minutes. 0 is good; link-local and conntrack are the most serious.',
        unit: 'none',
        span: 8,
      },
      { expr: `count(group by (${PER_NODE}) (${NODE_THROTTLED}{${SELECTED}})) or vector(0)` },
      [{ value: 1, color: 'orange' }],
    ),
  )
  .withPanel(
    number(
      {
        title: 'Nodes low on tracked connections',
        description: 'Nodes with less than 20 % of their tracked connections left. At 0 %, new connections fail.',
        unit: 'none',
        span: 8,
      },
      { expr: `count(${CONNTRACK_FREE}{${SELECTED}} < 0.2) or vector(0)` },
      [{ value: 1, color: 'orange' }],
    ),
  )
  .withRow(row('Which nodes, which limit, since when'))
  .withPanel(
    table(
      {
        title: 'Throttled nodes',
        description:
          'One row for each node and each limit that it exceeded in the selected time, worst first. Click a column to sort.',
        unit: 'none',
        span: 24,
      },
      [
        { refId: 'A', expr: `sort_desc(${inAll(NODE_THROTTLED)})` },
        { refId: 'B', expr: inAll(NODE_EXCEEDED) },
        { refId: 'C', expr: when('min') },
        { refId: 'D', expr: when('max') },
      ],
      [
        { field: CLUSTER, title: 'Cluster' },
        { field: NODE, title: 'Node', link: NODE_LINK },
        { field: ALLOWANCE, title: 'Limit' },
        { field: 'Value #A', title: 'Throttled', unit: 's' },
        { field: 'Value #B', title: 'Packets over the limit', unit: 'short' },
        { field: 'Value #C', title: 'Since', unit: 'dateTimeFromNow' },
        { field: 'Value #D', title: 'Last', unit: 'dateTimeFromNow' },
      ],
    ),
  )
  .withPanel(
    heatMap(
      {
        title: 'Heat map of throttling',
        description:
          'One row for each node and limit. Red means many throttled seconds in the last 5 minutes. Nodes without a row were not throttled.',
        unit: 's',
        span: 24,
      },
      {
        // In a long time, a step is longer than the minute of a recorded value; in a short one, a step may have none.
        expr: `max_over_time(${NODE_THROTTLED}{${SELECTED}}[$__interval]) or ${NODE_THROTTLED}{${SELECTED}}`,
        legend: `${NODE_LEGEND} ${LIMIT_LEGEND}`,
      },
      300,
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Packets over each limit',
        description:
          'Average of 5 minutes over all selected nodes together. Look for limits that rise on many nodes at the same time.',
        unit: 'pps',
      },
      [{ expr: `sum by (${ALLOWANCE}) (${NODE_EXCEEDED}{${SELECTED}}) / 300`, legend: LIMIT_LEGEND }],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Nodes over each limit',
        description:
          'Number of nodes over a limit in 5 minutes. One is a busy node, many are a pattern of the workload.',
        unit: 'none',
      },
      [{ expr: `count by (${ALLOWANCE}) (${NODE_THROTTLED}{${SELECTED}})`, legend: LIMIT_LEGEND }],
    ),
  )
  .withRow(row('Top talkers'))
  .withPanel(
    ranking(
      {
        title: 'Most packets over a limit',
        description:
          'The ten nodes that lost the most packets in the selected time, all limits together. Empty is good.',
        unit: 'short',
        span: 8,
      },
      { expr: `topk(10, sum by (${PER_NODE}) (${inAll(NODE_EXCEEDED)}))`, legend: NODE_LEGEND },
    ),
  )
  .withPanel(
    ranking(
      {
        title: 'Most packets a second',
        description:
          'The ten nodes that send and receive the most packets, average of 5 minutes. They reach the PPS limit next.',
        unit: 'pps',
        span: 8,
      },
      { expr: `topk(10, sum by (${PER_NODE}) (rate(${PACKETS}{${SELECTED}}[5m])))`, legend: NODE_LEGEND },
    ),
  )
  .withPanel(
    ranking(
      {
        title: 'Most traffic',
        description:
          'The ten nodes that send and receive the most bytes, average of 5 minutes. They reach the bandwidth limits next.',
        unit: 'bps',
        span: 8,
      },
      { expr: `topk(10, 8 * sum by (${PER_NODE}) (rate(${BYTES}{${SELECTED_OWN}}[5m])))`, legend: NODE_LEGEND },
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Fewest tracked connections left',
        description: 'The ten nodes with the smallest share of tracked connections left. At 0, new connections fail.',
        unit: 'percentunit',
        span: 24,
      },
      [{ expr: `bottomk(10, ${CONNTRACK_FREE}{${SELECTED}})`, legend: NODE_LEGEND }],
    ),
  )
  .build()
