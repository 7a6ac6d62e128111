// One node: every ENI, second by second.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'

import { ALLOWANCE, DIRECTION, exported, INTERFACE } from '../names.ts'
import { CONNTRACK_AVAILABLE, CONNTRACK_CAPACITY } from '../recording.ts'
import { prometheusLabel } from '../prometheus-name.ts'
import { dashboard, ENI_LEGEND, row, SELECTED, SELECTED_OWN } from './dashboard.ts'
import { bars, lines, number, type Query } from './panels.ts'

const EXCEEDED = exported('ena.allowance.exceeded')
const EXCEEDED_PEAK = exported('ena.allowance.exceeded.peak')
const THROTTLED = exported('ena.allowance.throttled.time')
const PACKETS = exported('system.network.packet.count')
const PACKETS_PEAK = exported('ena.network.packet.peak')
const BYTES = exported('system.network.io')
const BYTES_PEAK = exported('ena.network.io.peak')
const DROPPED = exported('system.network.packet.dropped')
const ERRORS = exported('system.network.errors')
const TABLE_COUNT = exported('system.network.conntrack.count')
const TABLE_MAX = exported('system.network.conntrack.max')
const INSERT_FAILED = exported('ena.node.conntrack.insert_failed')
const TABLE_DROPPED = exported('ena.node.conntrack.dropped')
const DRIVER_EVENTS = exported('ena.driver.events')
const INTERFACES = exported('ena_otel.interfaces')
const DISCARDED = exported('ena_otel.read.discarded')
const READ_FAILURES = exported('ena_otel.read.failures')
const EXPORT_FAILURES = exported('ena_otel.export.failures')
const POINTS_EXPORTED = exported('otel.sdk.exporter.metric_data_point.exported')
const QUEUE_AGE = exported('ena_otel.queue.age')
const QUEUE_SIZE = exported('ena_otel.queue.size')
const QUEUE_CAPACITY = exported('ena_otel.queue.capacity')
const POINTS_THINNED = exported('ena_otel.points.thinned')
const POINTS_DROPPED = exported('ena_otel.points.dropped')
const SAMPLE_INTERVAL = exported('ena_otel.sample.interval')
const SERIES = exported('ena_otel.series')
const SERIES_CUT = exported('ena_otel.series.cut')

const DRIVER_EVENT = prometheusLabel('ena.driver.event.name')
const DROP_REASON = prometheusLabel('ena.node.conntrack.drop.reason')
const REASON = prometheusLabel('ena_otel.reason')
const READER = prometheusLabel('ena_otel.reader')

const LIMITS: Readonly<Record<string, string>> = {
  linklocal: 'Link-local',
  conntrack: 'Tracked connections',
  pps: 'Packets a second',
  bw_in: 'Bandwidth in',
  bw_out: 'Bandwidth out',
}

/**
 * The exact increase in each step of the graph: the value at its end less the value one step earlier. `increase` would need two samples
 * in a step, and would spread a burst over it. A reset shows as 0.
 */
const added = (metric: string, selector = ''): string =>
  `clamp_min(${metric}{${SELECTED}${selector}} - ${metric}{${SELECTED}${selector}} offset $__interval, 0)`

/** By interface and direction, per second. A quiet series has a sample a minute, and `rate` needs two. */
const average = (total: string, selected: string): string => {
  const rate = (range: string): string => `sum by (${INTERFACE}, ${DIRECTION}) (rate(${total}{${selected}}[${range}]))`
  return `(${rate('$__rate_interval')} or ${rate('2m')})`
}

/** What was added of a counter that begins with its first fault: 0 while the agent reports none. */
const faults = (metric: string): string => `sum(${added(metric)}) or 0 * max(${INTERFACES}{${SELECTED}})`

/** By interface and direction, of received and sent. */
const peakAndAverage = (peak: string, total: string, factor = ''): readonly Query[] => [
  {
    expr: `${factor}max by (${INTERFACE}, ${DIRECTION}) (max_over_time(${peak}{${SELECTED}}[$__rate_interval]))`,
    legend: `${ENI_LEGEND} {{${DIRECTION}}}, highest second`,
  },
  {
    expr: `${factor}${average(total, SELECTED_OWN)}`,
    legend: `${ENI_LEGEND} {{${DIRECTION}}}, average`,
  },
]

let built = dashboard({
  uid: 'ena-otel-node',
  title: 'ENA limits: node',
  description:
    'One node: every ENI and limit second by second, peaks next to averages, headroom of tracked connections.',
  nodes: 'one',
  from: 'now-15m',
}).withRow(row('Limits'))

for (const [name, title] of Object.entries(LIMITS)) {
  built = built.withPanel(
    number(
      {
        title,
        description:
          'Packets over this limit in the selected time, all ENIs of the node. AWS queued or dropped all of them.',
        unit: 'short',
        span: name === 'linklocal' ? 8 : 4,
      },
      { expr: `sum(increase(${EXCEEDED}{${SELECTED}, ${ALLOWANCE}="${name}"}[$__range]))` },
      [{ value: 1, color: 'red' }],
    ),
  )
}

export const NODE_DASHBOARD: Dashboard = built
  .withPanel(
    bars(
      {
        title: 'Packets over each limit, by the second',
        description: 'Packets that AWS queued or dropped in each step. For 15 minutes or less, each step is 1 second.',
        unit: 'short',
        span: 24,
      },
      [{ expr: `sum by (${INTERFACE}, ${ALLOWANCE}) (${added(EXCEEDED)})`, legend: `${ENI_LEGEND} {{${ALLOWANCE}}}` }],
    ).interval('1s'),
  )
  .withPanel(
    lines(
      {
        title: 'Highest second over each limit',
        description:
          'Packets over the limit in the worst second of each export, at any zoom. It shows how far, not how often.',
        unit: 'pps',
      },
      [
        {
          expr: `max by (${INTERFACE}, ${ALLOWANCE}) (max_over_time(${EXCEEDED_PEAK}{${SELECTED}}[$__rate_interval]))`,
          legend: `${ENI_LEGEND} {{${ALLOWANCE}}}`,
        },
      ],
    ),
  )
  .withPanel(
    bars(
      {
        title: 'Seconds throttled',
        description:
          'Seconds of each step in which a limit was exceeded: how often, not how far. A bar of the length of a step means all the time.',
        unit: 's',
      },
      [{ expr: `sum by (${INTERFACE}, ${ALLOWANCE}) (${added(THROTTLED)})`, legend: `${ENI_LEGEND} {{${ALLOWANCE}}}` }],
    ).interval('15s'),
  )
  .withRow(row('Traffic: peaks against averages'))
  .withPanel(
    lines(
      {
        title: 'Packets',
        description:
          'A peak far above its average is a burst that the average hides. Throttling at a low average is a burst too.',
        unit: 'pps',
      },
      peakAndAverage(PACKETS_PEAK, PACKETS),
    ).interval('15s'),
  )
  .withPanel(
    lines(
      {
        title: 'Traffic',
        description:
          'Compare the highest second with the baseline bandwidth of the instance type. Above it, the node uses burst credits.',
        unit: 'bps',
      },
      peakAndAverage(BYTES_PEAK, BYTES, '8 * '),
    ).interval('15s'),
  )
  .withRow(row('Tracked connections'))
  .withPanel(
    lines(
      {
        title: 'Connections the instance can still open',
        description:
          'The allowance of the instance, the same on all its ENIs. The upper line is the highest value seen. At 0, new connections fail.',
        unit: 'short',
      },
      [
        { expr: `${CONNTRACK_AVAILABLE}{${SELECTED}}`, legend: 'available' },
        { expr: `${CONNTRACK_CAPACITY}{${SELECTED}}`, legend: 'highest seen' },
      ],
    ),
  )
  .withPanel(
    lines(
      {
        title: "The kernel's connection table",
        description:
          'Entries against the maximum (nf_conntrack_max), which is not the allowance. When the table is full, new flows are dropped.',
        unit: 'short',
      },
      [
        { expr: `max(${TABLE_COUNT}{${SELECTED}})`, legend: 'entries' },
        { expr: `max(${TABLE_MAX}{${SELECTED}})`, legend: 'maximum' },
      ],
    ),
  )
  .withPanel(
    bars(
      {
        title: 'Lost in the connection table',
        description:
          'Entries that lost a race (5-second DNS delays), packets that could not be tracked, and evicted entries. 0 is good.',
        unit: 'short',
        span: 24,
      },
      [
        { expr: `sum(${added(INSERT_FAILED)})`, legend: 'lost a race' },
        { expr: `sum by (${DROP_REASON}) (${added(TABLE_DROPPED)})`, legend: `{{${DROP_REASON}}}` },
      ],
    ).interval('15s'),
  )
  .withRow(row('Driver and interfaces'))
  .withPanel(
    bars(
      {
        title: 'Events of the ENA driver',
        description:
          'Resets and timeouts as the driver counts them. Each of total_resets is about a second without network on that ENI.',
        unit: 'short',
      },
      [
        {
          expr: `sum by (${INTERFACE}, ${DRIVER_EVENT}) (${added(DRIVER_EVENTS)})`,
          legend: `${ENI_LEGEND} {{${DRIVER_EVENT}}}`,
        },
      ],
    ).interval('15s'),
  )
  .withPanel(
    lines(
      {
        title: 'Drops and errors of the interfaces',
        description:
          'Packets that the kernel or the driver dropped, not AWS: full rings, no memory. Average of each step.',
        unit: 'pps',
      },
      [
        {
          expr: average(DROPPED, SELECTED),
          legend: `${ENI_LEGEND} {{${DIRECTION}}} dropped`,
        },
        {
          expr: average(ERRORS, SELECTED_OWN),
          legend: `${ENI_LEGEND} {{${DIRECTION}}} errors`,
        },
      ],
    ).interval('15s'),
  )
  .withRow(row('Agent'))
  .withPanel(
    bars(
      {
        title: 'Failures of the agent',
        description:
          'Reads that failed or were discarded, and exports that failed and are retried. At 0, the graphs above are complete.',
        unit: 'short',
        span: 8,
      },
      [
        { expr: `sum by (${REASON}) (${added(DISCARDED)})`, legend: `discarded {{${REASON}}}` },
        { expr: `sum by (${READER}) (${added(READ_FAILURES)})`, legend: `failed {{${READER}}}` },
        { expr: faults(EXPORT_FAILURES), legend: 'exports failed' },
      ],
    ).interval('15s'),
  )
  .withPanel(
    lines(
      {
        title: 'Delay of points',
        description:
          'How long the oldest queued point has waited. The value itself is queued, so an outage appears here only after it.',
        unit: 's',
        span: 8,
      },
      [{ expr: `max(${QUEUE_AGE}{${SELECTED}})`, legend: 'oldest in the queue' }],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'How full the queue is',
        description:
          'Queued points as a share of the capacity. At 100 %, points are merged, then the oldest are dropped.',
        unit: 'percent',
        span: 8,
      },
      [{ expr: `max(100 * ${QUEUE_SIZE}{${SELECTED}} / ${QUEUE_CAPACITY}{${SELECTED}})`, legend: 'of the queue' }],
      100,
    ),
  )
  .withPanel(
    bars(
      {
        title: 'Detail that was lost',
        description:
          'Points merged, dropped or refused by the collector in each step. Totals stay correct. 0 means that every burst is complete.',
        unit: 'short',
        span: 8,
      },
      [
        { expr: faults(POINTS_THINNED), legend: 'merged' },
        { expr: `sum by (${REASON}) (${added(POINTS_DROPPED)})`, legend: `dropped {{${REASON}}}` },
        { expr: `sum(${added(POINTS_EXPORTED, ',error_type="rejected"')})`, legend: 'refused' },
      ],
    ).interval('15s'),
  )
  .withPanel(
    lines(
      {
        title: 'How often the counters are read',
        description:
          'Seconds between two reads. Longer than configured: reading is slow (the admin queue of an ENI), and peaks are less precise.',
        unit: 's',
        span: 8,
      },
      [{ expr: `max(${SAMPLE_INTERVAL}{${SELECTED}})`, legend: 'interval' }],
    ),
  )
  .withPanel(
    lines(
      {
        title: 'Series',
        description:
          'Series that this node sends. Those over the limit are removed: driver statistics and compatibility names first, AWS limits last.',
        unit: 'short',
        span: 8,
      },
      [
        { expr: `max(${SERIES}{${SELECTED}})`, legend: 'sent' },
        { expr: `max(${SERIES_CUT}{${SELECTED}})`, legend: 'removed' },
      ],
    ),
  )
  .build()
