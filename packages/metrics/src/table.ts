// THE table: which kernel counter becomes which OTLP metric. Data and one look-up, so that rules and dashboards can import it.
// A new counter is a new row in COUNTERS, and a row in METRICS if its metric is new.
//
// Sources, by the short names used in the rows:
//   ENA      github.com/amzn/amzn-drivers, kernel/linux/ena/ena_ethtool.c, tag ena_linux_2.17.0
//   EC2      AWS EC2 User Guide, "Monitor network performance for ENA settings on your EC2 instance"
//   SRD      AWS EC2 User Guide, "Monitor ENA Express performance"
//   STATS    Linux, include/uapi/linux/if_link.h, struct rtnl_link_stats64; Documentation/ABI/testing/sysfs-class-net-statistics
//   CT       Linux, net/netfilter/nf_conntrack_standalone.c (ct_cpu_seq_show, nf_ct_sysctl_table)
//   SC       OpenTelemetry semantic conventions 1.44.0, model/system/metrics.yaml
//   HM       OpenTelemetry Collector contrib 0.155.0, hostmetricsreceiver, networkscraper/metadata.yaml
//
// Names in `system.` are those of SC, or of HM where SC has none. All others are in our namespaces, `ena.` and `ethtool.`.
// One deviation from SC: it gives system.network.packet.count the attribute `system.device`, and `network.interface.name` to the
// other three. We use `network.interface.name` for all four, so that they can be joined.

/** What one metric is. */
export interface Metric {
  readonly name: string
  /**
   * A counter is a monotonic Sum. An updowncounter is a Sum that may fall, always cumulative. A gauge must not be summed over
   * interfaces or nodes.
   */
  readonly kind: 'counter' | 'updowncounter' | 'gauge'
  /** The number type of all its points, in every export. */
  readonly valueType: 'int' | 'double'
  /** UCUM. */
  readonly unit: string
  /** A few words, because each request carries them. */
  readonly description: string
  /** Where name, unit and meaning come from. */
  readonly source: string
  /** The instrumentation scope. Without it: `@ena-otel/metrics`. */
  readonly scope?: string
}

/** Which reader a kernel counter comes from. */
export type CounterSource = 'ethtool' | 'statistics' | 'conntrack'

/** One kernel counter and the metric it is reported as. */
export interface Counter {
  readonly from: CounterSource
  /** The kernel's or driver's own name. */
  readonly key: string
  /** The name of a row in METRICS. */
  readonly metric: string
  readonly attributes: Readonly<Record<string, string>>
  /** The kernel's number divided by this is the metric's value. Gauges only. */
  readonly divisor?: number
  /** Changes all the time: its last value and its peak are sent. Its change points need `--detail full`, and are never sent early. */
  readonly busy?: boolean
  /** Metric for its highest one-second rate since the last export. */
  readonly peak?: string
  /** Metric for the one-second slots in which it rose. */
  readonly throttled?: string
  /** Metric for the highest value ever seen. */
  readonly highest?: string
}

/** A row of METRICS: see `Metric` for the columns. */
export function metric(
  kind: Metric['kind'],
  name: string,
  unit: string,
  valueType: Metric['valueType'],
  description: string,
  source: string,
): Metric {
  return { kind, name, unit, valueType, description, source }
}

export const METRICS: readonly Metric[] = [
  // linklocal is a limit of the interface. bw_in, bw_out, pps and conntrack are limits of the instance, counted on the interface
  // that exceeded them.
  metric(
    'counter',
    'ena.allowance.exceeded',
    '{packet}',
    'int',
    'Packets queued or dropped: over an allowance.',
    'EC2',
  ),
  // One-second slots in which the exceeded counter rose.
  metric(
    'counter',
    'ena.allowance.throttled.time',
    's',
    'int',
    'Seconds in which packets were over an allowance.',
    'ena-otel',
  ),
  // The highest second since the last export, as in the other peaks.
  metric(
    'gauge',
    'ena.allowance.exceeded.peak',
    '{packet}/s',
    'double',
    'Packets over an allowance in the highest second.',
    'ena-otel',
  ),
  // A gauge: every interface reports the number of the whole instance, and an idle one reports an old number.
  metric(
    'gauge',
    'ena.conntrack.available',
    '{connection}',
    'int',
    'Tracked connections left to the instance: never sum it.',
    'EC2',
  ),
  // A lower bound of what the instance allows.
  metric(
    'gauge',
    'ena.conntrack.capacity',
    '{connection}',
    'int',
    'Highest number of tracked connections left, ever seen.',
    'ena-otel',
  ),
  // Bit 0: on, bit 1: UDP.
  metric('gauge', 'ena.srd.mode', '', 'int', 'ENA Express: 0 off, 1 TCP, 3 TCP and UDP.', 'SRD'),
  metric('counter', 'ena.srd.packet.count', '{packet}', 'int', 'Packets over ENA Express.', 'SRD'),
  // Whether they used it or not.
  metric('counter', 'ena.srd.packet.eligible', '{packet}', 'int', 'Packets eligible for ENA Express.', 'SRD'),
  // 0 to 1. The driver reports 0 to 100.
  metric('gauge', 'ena.srd.resource.utilization', '1', 'double', 'Memory for SRD connections in use.', 'SRD'),
  // Resets, interface changes and time-outs.
  metric('counter', 'ena.driver.events', '{event}', 'int', 'Events of the ENA driver.', 'ENA'),
  metric('counter', 'system.network.io', 'By', 'int', 'Bytes received or sent.', 'SC'),
  metric('counter', 'system.network.packet.count', '{packet}', 'int', 'Packets received or sent.', 'SC'),
  // By the kernel or the driver.
  metric('counter', 'system.network.packet.dropped', '{packet}', 'int', 'Packets dropped without an error.', 'SC'),
  metric('counter', 'system.network.errors', '{error}', 'int', 'Packets with errors.', 'SC'),
  // Every file without a row of its own.
  metric('counter', 'ena.network.statistic', '{event}', 'int', 'A file in /sys/class/net/X/statistics.', 'STATS'),
  metric('gauge', 'ena.network.packet.peak', '{packet}/s', 'double', 'Packets in the highest second.', 'ena-otel'),
  metric('gauge', 'ena.network.io.peak', 'By/s', 'double', 'Bytes in the highest second.', 'ena-otel'),
  // The kernel's table on the node. The allowance of the instance is ena.conntrack.*.
  metric(
    'updowncounter',
    'system.network.conntrack.count',
    '{entries}',
    'int',
    "Entries in the kernel's connection tracking table.",
    'HM; CT nf_conntrack_count',
  ),
  metric(
    'updowncounter',
    'system.network.conntrack.max',
    '{entries}',
    'int',
    "Size of the kernel's connection tracking table.",
    'HM; CT nf_conntrack_max',
  ),
  // This race delays DNS queries by 5 seconds.
  metric(
    'counter',
    'ena.node.conntrack.insert_failed',
    '{entry}',
    'int',
    'Entries not inserted: two packets raced.',
    'CT insert_failed',
  ),
  // Reason "failed": no memory, or the table was full. Reason "evicted": an entry was removed to make room.
  metric(
    'counter',
    'ena.node.conntrack.dropped',
    '{packet}',
    'int',
    'Packets not tracked, and entries evicted.',
    'CT drop, early_drop',
  ),
  // Statistics of the driver, selected with --statistics.
  metric('counter', 'ethtool.statistic', '', 'int', 'A counter of the driver.', 'Linux, ETHTOOL_GSTATS'),
  // Those that go up and down.
  metric('gauge', 'ethtool.statistic.current', '', 'int', 'A current value of the driver.', 'Linux, ETHTOOL_GSTATS'),
]

const RECEIVE = { 'network.io.direction': 'receive' }
const TRANSMIT = { 'network.io.direction': 'transmit' }

export const COUNTERS: readonly Counter[] = [
  ...['bw_in', 'bw_out', 'pps', 'conntrack', 'linklocal'].map((name): Counter => ({
    from: 'ethtool', // ENA: ena_stats_eni_strings, ena_metrics_stats (2.2.10 and newer)
    key: `${name}_allowance_exceeded`,
    metric: 'ena.allowance.exceeded',
    attributes: { 'ena.allowance.name': name },
    peak: 'ena.allowance.exceeded.peak',
    throttled: 'ena.allowance.throttled.time',
  })),
  {
    from: 'ethtool', // ENA 2.8.1 and newer; missing on some instance types
    key: 'conntrack_allowance_available',
    metric: 'ena.conntrack.available',
    attributes: {},
    highest: 'ena.conntrack.capacity',
  },
  // ENA: ena_srd_info, 2.8.0 and newer
  { from: 'ethtool', key: 'ena_srd_mode', metric: 'ena.srd.mode', attributes: {} },
  { from: 'ethtool', key: 'ena_srd_tx_pkts', metric: 'ena.srd.packet.count', attributes: TRANSMIT, busy: true },
  { from: 'ethtool', key: 'ena_srd_rx_pkts', metric: 'ena.srd.packet.count', attributes: RECEIVE, busy: true },
  {
    from: 'ethtool',
    key: 'ena_srd_eligible_tx_pkts',
    metric: 'ena.srd.packet.eligible',
    attributes: TRANSMIT,
    busy: true,
  },
  {
    from: 'ethtool',
    key: 'ena_srd_resource_utilization',
    metric: 'ena.srd.resource.utilization',
    attributes: {},
    divisor: 100,
  },
  ...[
    'total_resets', // ENA 2.10.0 and newer
    'reset_fail',
    'tx_timeout',
    'wd_expired',
    'admin_q_pause',
    'interface_up',
    'interface_down',
    'suspend',
    'resume',
  ].map((key): Counter => ({
    from: 'ethtool', // ENA: ena_stats_global_strings
    key,
    metric: 'ena.driver.events',
    attributes: { 'ena.driver.event.name': key },
  })),

  // STATS
  ...Object.entries({ rx: RECEIVE, tx: TRANSMIT }).flatMap(([side, attributes]): Counter[] => {
    const row = { from: 'statistics', attributes, busy: true } as const
    return [
      { ...row, key: `${side}_bytes`, metric: 'system.network.io', peak: 'ena.network.io.peak' },
      { ...row, key: `${side}_packets`, metric: 'system.network.packet.count', peak: 'ena.network.packet.peak' },
    ]
  }),
  { from: 'statistics', key: 'rx_dropped', metric: 'system.network.packet.dropped', attributes: RECEIVE },
  { from: 'statistics', key: 'tx_dropped', metric: 'system.network.packet.dropped', attributes: TRANSMIT },
  { from: 'statistics', key: 'rx_errors', metric: 'system.network.errors', attributes: RECEIVE },
  { from: 'statistics', key: 'tx_errors', metric: 'system.network.errors', attributes: TRANSMIT },

  // CT
  { from: 'conntrack', key: 'nf_conntrack_count', metric: 'system.network.conntrack.count', attributes: {} },
  { from: 'conntrack', key: 'nf_conntrack_max', metric: 'system.network.conntrack.max', attributes: {} },
  { from: 'conntrack', key: 'insert_failed', metric: 'ena.node.conntrack.insert_failed', attributes: {} },
  {
    from: 'conntrack',
    key: 'drop',
    metric: 'ena.node.conntrack.dropped',
    attributes: { 'ena.node.conntrack.drop.reason': 'failed' },
  },
  {
    from: 'conntrack',
    key: 'early_drop',
    metric: 'ena.node.conntrack.dropped',
    attributes: { 'ena.node.conntrack.drop.reason': 'evicted' },
  },
]

/** The row for a file in `statistics` that COUNTERS does not have. */
export function otherStatistic(key: string): Counter {
  const attributes = { 'ena.network.statistic.name': key }
  return { from: 'statistics', key, metric: 'ena.network.statistic', attributes }
}

/** The row for a driver statistic that COUNTERS does not have. Drivers do not mark gauges: KNOWN_GAUGES lists them. */
export function otherEthtoolStatistic(key: string): Counter {
  return {
    from: 'ethtool',
    key,
    metric: KNOWN_GAUGES.test(key) ? 'ethtool.statistic.current' : 'ethtool.statistic',
    attributes: { 'ethtool.statistic.name': key },
    busy: true,
  }
}

// ENA: num_of_active_io_queues (2.16.0), pending_timedout_pkts (also falls; the 32-byte name loses its last letter).
const KNOWN_GAUGES = /^num_of_active_io_queues$|_pending_timedout_pkts?$/

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map((row) => [row.name, row]))

/** The row of METRICS with this name. @throws RangeError when there is none */
export function metricNamed(name: string): Metric {
  const row = BY_NAME.get(name)
  if (!row) throw new RangeError(`metrics/table.ts: METRICS has no row ${name}`)
  return row
}
