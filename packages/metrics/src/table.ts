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

export const METRICS: readonly Metric[] = [
  // linklocal is a limit of the interface. bw_in, bw_out, pps and conntrack are limits of the instance, counted on the interface
  // that exceeded them.
  {
    name: 'ena.allowance.exceeded',
    kind: 'counter',
    valueType: 'int',
    unit: '{packet}',
    description: 'Packets queued or dropped: over an allowance.',
    source: 'EC2',
  },
  // One-second slots in which the exceeded counter rose.
  {
    name: 'ena.allowance.throttled.time',
    kind: 'counter',
    valueType: 'int',
    unit: 's',
    description: 'Seconds in which packets were over an allowance.',
    source: 'ena-otel',
  },
  // The highest second since the last export, as in the other peaks.
  {
    name: 'ena.allowance.exceeded.peak',
    kind: 'gauge',
    valueType: 'double',
    unit: '{packet}/s',
    description: 'Packets over an allowance in the highest second.',
    source: 'ena-otel',
  },
  // A gauge: every interface reports the number of the whole instance, and an idle one reports an old number.
  {
    name: 'ena.conntrack.available',
    kind: 'gauge',
    valueType: 'int',
    unit: '{connection}',
    description: 'Tracked connections left to the instance: never sum it.',
    source: 'EC2',
  },
  // A lower bound of what the instance allows.
  {
    name: 'ena.conntrack.capacity',
    kind: 'gauge',
    valueType: 'int',
    unit: '{connection}',
    description: 'Highest number of tracked connections left, ever seen.',
    source: 'ena-otel',
  },
  // Bit 0: on, bit 1: UDP.
  {
    name: 'ena.srd.mode',
    kind: 'gauge',
    valueType: 'int',
    unit: '',
    description: 'ENA Express: 0 off, 1 TCP, 3 TCP and UDP.',
    source: 'SRD',
  },
  {
    name: 'ena.srd.packet.count',
    kind: 'counter',
    valueType: 'int',
    unit: '{packet}',
    description: 'Packets over ENA Express.',
    source: 'SRD',
  },
  // Whether they used it or not.
  {
    name: 'ena.srd.packet.eligible',
    kind: 'counter',
    valueType: 'int',
    unit: '{packet}',
    description: 'Packets eligible for ENA Express.',
    source: 'SRD',
  },
  // 0 to 1. The driver reports 0 to 100.
  {
    name: 'ena.srd.resource.utilization',
    kind: 'gauge',
    valueType: 'double',
    unit: '1',
    description: 'Memory for SRD connections in use.',
    source: 'SRD',
  },
  // Resets, interface changes and time-outs.
  {
    name: 'ena.driver.events',
    kind: 'counter',
    valueType: 'int',
    unit: '{event}',
    description: 'Events of the ENA driver.',
    source: 'ENA',
  },
  {
    name: 'system.network.io',
    kind: 'counter',
    valueType: 'int',
    unit: 'By',
    description: 'Bytes received or sent.',
    source: 'SC',
  },
  {
    name: 'system.network.packet.count',
    kind: 'counter',
    valueType: 'int',
    unit: '{packet}',
    description: 'Packets received or sent.',
    source: 'SC',
  },
  // By the kernel or the driver.
  {
    name: 'system.network.packet.dropped',
    kind: 'counter',
    valueType: 'int',
    unit: '{packet}',
    description: 'Packets dropped without an error.',
    source: 'SC',
  },
  {
    name: 'system.network.errors',
    kind: 'counter',
    valueType: 'int',
    unit: '{error}',
    description: 'Packets with errors.',
    source: 'SC',
  },
  // Every file without a row of its own.
  {
    name: 'ena.network.statistic',
    kind: 'counter',
    valueType: 'int',
    unit: '{event}',
    description: 'A file in /sys/class/net/X/statistics.',
    source: 'STATS',
  },
  {
    name: 'ena.network.packet.peak',
    kind: 'gauge',
    valueType: 'double',
    unit: '{packet}/s',
    description: 'Packets in the highest second.',
    source: 'ena-otel',
  },
  {
    name: 'ena.network.io.peak',
    kind: 'gauge',
    valueType: 'double',
    unit: 'By/s',
    description: 'Bytes in the highest second.',
    source: 'ena-otel',
  },
  // The kernel's table on the node. The allowance of the instance is ena.conntrack.*.
  {
    name: 'system.network.conntrack.count',
    kind: 'updowncounter',
    valueType: 'int',
    unit: '{entries}',
    description: "Entries in the kernel's connection tracking table.",
    source: 'HM; CT nf_conntrack_count',
  },
  {
    name: 'system.network.conntrack.max',
    kind: 'updowncounter',
    valueType: 'int',
    unit: '{entries}',
    description: "Size of the kernel's connection tracking table.",
    source: 'HM; CT nf_conntrack_max',
  },
  // This race delays DNS queries by 5 seconds.
  {
    name: 'ena.node.conntrack.insert_failed',
    kind: 'counter',
    valueType: 'int',
    unit: '{entry}',
    description: 'Entries not inserted: two packets raced.',
    source: 'CT insert_failed',
  },
  // Reason "failed": no memory, or the table was full. Reason "evicted": an entry was removed to make room.
  {
    name: 'ena.node.conntrack.dropped',
    kind: 'counter',
    valueType: 'int',
    unit: '{packet}',
    description: 'Packets not tracked, and entries evicted.',
    source: 'CT drop, early_drop',
  },
  // Statistics of the driver, selected with --statistics.
  {
    name: 'ethtool.statistic',
    kind: 'counter',
    valueType: 'int',
    unit: '',
    description: 'A counter of the driver.',
    source: 'Linux, ETHTOOL_GSTATS',
  },
  // Those that go up and down.
  {
    name: 'ethtool.statistic.current',
    kind: 'gauge',
    valueType: 'int',
    unit: '',
    description: 'A current value of the driver.',
    source: 'Linux, ETHTOOL_GSTATS',
  },
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
  {
    from: 'statistics',
    key: 'rx_bytes',
    metric: 'system.network.io',
    attributes: RECEIVE,
    busy: true,
    peak: 'ena.network.io.peak',
  },
  {
    from: 'statistics',
    key: 'tx_bytes',
    metric: 'system.network.io',
    attributes: TRANSMIT,
    busy: true,
    peak: 'ena.network.io.peak',
  },
  {
    from: 'statistics',
    key: 'rx_packets',
    metric: 'system.network.packet.count',
    attributes: RECEIVE,
    busy: true,
    peak: 'ena.network.packet.peak',
  },
  {
    from: 'statistics',
    key: 'tx_packets',
    metric: 'system.network.packet.count',
    attributes: TRANSMIT,
    busy: true,
    peak: 'ena.network.packet.peak',
  },
  { from: 'statistics', key: 'rx_dropped', metric: 'system.network.packet.dropped', attributes: RECEIVE },
  { from: 'statistics', key: 'tx_dropped', metric: 'system.network.packet.dropped', attributes: TRANSMIT },
  { from: 'statistics', key: 'rx_errors', metric: 'system.network.errors', attributes: RECEIVE },
  { from: 'statistics', key: 'tx_errors', metric: 'system.network.errors', attributes: TRANSMIT },

  // CT
  { from: 'conntrack', key: 'nf_conntrack_count', metric: 'system.network.conntrack.count', attributes: {} },
  { from: 'conntrack', key: 'nf_conntrack_max', metric: 'system.network.conntrack.max', attributes: {} },
  {
    from: 'conntrack',
    key: 'insert_failed',
    metric: 'ena.node.conntrack.insert_failed',
    attributes: {},
  },
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
  return {
    from: 'statistics',
    key,
    metric: 'ena.network.statistic',
    attributes: { 'ena.network.statistic.name': key },
  }
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

const BY_NAME: ReadonlyMap<string, Metric> = new Map(METRICS.map((metric) => [metric.name, metric]))

/** The row of METRICS with this name. @throws RangeError when there is none */
export function metricNamed(name: string): Metric {
  const metric = BY_NAME.get(name)
  if (!metric) throw new RangeError(`metrics/table.ts: METRICS has no row ${name}`)
  return metric
}
