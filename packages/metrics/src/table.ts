// THE table: which kernel counter becomes which OTLP metric. Data only, so that rules and dashboards can import it.
// A new counter is a new row in COUNTERS, and a row in METRICS if its metric is new.
//
// Sources, by the short names used in the rows:
//   ENA      github.com/amzn/amzn-drivers, kernel/linux/ena/ena_ethtool.c, tag ena_linux_2.17.0
//   EC2      AWS EC2 User Guide, "Monitor network performance for ENA settings on your EC2 instance"
//   SRD      AWS EC2 User Guide, "Monitor ENA Express performance"
//   STATS    Linux, include/uapi/linux/if_link.h, struct rtnl_link_stats64; Documentation/ABI/testing/sysfs-class-net-statistics
//   CT       Linux, net/netfilter/nf_conntrack_standalone.c (ct_cpu_seq_show, nf_ct_sysctl_table)
//   SC       OpenTelemetry semantic conventions 1.44.0, "System Metrics"
//   HM       OpenTelemetry collector contrib, hostmetricsreceiver, network scraper (not in the conventions)

/** What one metric is. `unit` is UCUM as OTLP wants it; a counter is cumulative and monotonic. */
export interface Metric {
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly unit: string
  /** A few words: each request carries them, and they were 31 of its 100 bytes when they were sentences. */
  readonly description: string
  /** Where name, unit and meaning come from. */
  readonly source: string
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
  /** Moves all the time: its last value is sent, with its peak; its change points only with `--detail full`, and never early. */
  readonly busy?: boolean
  /** Metric for its highest one-second rate since the last export. */
  readonly peak?: string
  /** Metric for the one-second slots in which it rose. */
  readonly throttled?: string
  /** Metric for the highest value ever seen. */
  readonly highest?: string
}

export const METRICS: readonly Metric[] = [
  // linklocal is a limit of the interface; bw_in, bw_out, pps and conntrack are limits of the instance, counted on the interface that was hit.
  {
    name: 'ena.allowance.exceeded',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets queued or dropped: over an allowance.',
    source: 'EC2',
  },
  // One-second slots in which the exceeded counter rose.
  {
    name: 'ena.allowance.throttled.time',
    kind: 'counter',
    unit: 's',
    description: 'Seconds in which packets were over an allowance.',
    source: 'ena-otel',
  },
  // The highest second since the last export; so it is for the other peaks.
  {
    name: 'ena.allowance.exceeded.peak',
    kind: 'gauge',
    unit: '{packet}/s',
    description: 'Packets over an allowance in the highest second.',
    source: 'ena-otel',
  },
  // The same number on every interface, and stale on an idle one.
  {
    name: 'ena.conntrack.available',
    kind: 'gauge',
    unit: '{connection}',
    description: 'Tracked connections left to the instance: never sum it.',
    source: 'EC2',
  },
  // What the instance allows at least.
  {
    name: 'ena.conntrack.capacity',
    kind: 'gauge',
    unit: '{connection}',
    description: 'Tracked connections left at most, ever seen.',
    source: 'ena-otel',
  },
  // Bit 0: on, bit 1: UDP.
  {
    name: 'ena.srd.mode',
    kind: 'gauge',
    unit: '',
    description: 'ENA Express: 0 off, 1 TCP, 3 TCP and UDP.',
    source: 'SRD',
  },
  {
    name: 'ena.srd.packet.count',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets over ENA Express.',
    source: 'SRD',
  },
  // Whether they did or not.
  {
    name: 'ena.srd.packet.eligible',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets that could go over ENA Express.',
    source: 'SRD',
  },
  // 0 to 100.
  {
    name: 'ena.srd.resource.utilization',
    kind: 'gauge',
    unit: '%',
    description: 'Memory for SRD connections in use.',
    source: 'SRD',
  },
  // Resets, interface changes and time-outs, as it counts them.
  {
    name: 'ena.driver.events',
    kind: 'counter',
    unit: '{event}',
    description: 'Events of the ENA driver.',
    source: 'ENA',
  },
  {
    name: 'system.network.io',
    kind: 'counter',
    unit: 'By',
    description: 'Bytes received or sent.',
    source: 'SC',
  },
  {
    name: 'system.network.packet.count',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets received or sent.',
    source: 'SC',
  },
  // By the kernel or the driver.
  {
    name: 'system.network.packet.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets dropped without an error.',
    source: 'SC',
  },
  {
    name: 'system.network.errors',
    kind: 'counter',
    unit: '{error}',
    description: 'Packets with errors.',
    source: 'SC',
  },
  // Every one without a row of its own, under its own name.
  {
    name: 'ena.network.statistic',
    kind: 'counter',
    unit: '{event}',
    description: 'A file in /sys/class/net/X/statistics.',
    source: 'STATS',
  },
  {
    name: 'ena.network.packet.peak',
    kind: 'gauge',
    unit: '{packet}/s',
    description: 'Packets in the highest second.',
    source: 'ena-otel',
  },
  {
    name: 'ena.network.io.peak',
    kind: 'gauge',
    unit: 'By/s',
    description: 'Bytes in the highest second.',
    source: 'ena-otel',
  },
  // The node's own, not the allowance.
  {
    name: 'system.network.conntrack.count',
    kind: 'gauge',
    unit: '{entry}',
    description: "Entries in the kernel's connection tracking.",
    source: 'HM; CT nf_conntrack_count',
  },
  {
    name: 'system.network.conntrack.max',
    kind: 'gauge',
    unit: '{entry}',
    description: "Room in the kernel's connection tracking.",
    source: 'HM; CT nf_conntrack_max',
  },
  // The race behind DNS queries that take 5 seconds.
  {
    name: 'system.network.conntrack.insert_failed',
    kind: 'counter',
    unit: '{entry}',
    description: 'Entries not inserted: two packets raced.',
    source: 'CT insert_failed',
  },
  // Dropped because there was no memory or the table was full; evicted to make room.
  {
    name: 'system.network.conntrack.dropped',
    kind: 'counter',
    unit: '{packet}',
    description: 'Packets not tracked, and entries evicted.',
    source: 'CT drop, early_drop',
  },
  // Private ones, chosen with --statistics.
  {
    name: 'ethtool.statistic',
    kind: 'counter',
    unit: '',
    description: 'A counter of the driver.',
    source: 'Linux, ETHTOOL_GSTATS',
  },
  // Goes up and down.
  {
    name: 'ethtool.statistic.current',
    kind: 'gauge',
    unit: '',
    description: 'A level of the driver.',
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
    metric: 'system.network.conntrack.insert_failed',
    attributes: {},
  },
  {
    from: 'conntrack',
    key: 'drop',
    metric: 'system.network.conntrack.dropped',
    attributes: { 'system.network.conntrack.drop.reason': 'failed' },
  },
  {
    from: 'conntrack',
    key: 'early_drop',
    metric: 'system.network.conntrack.dropped',
    attributes: { 'system.network.conntrack.drop.reason': 'evicted' },
  },
]

/** Files in `statistics` without a row of their own go by their own name. */
export function otherStatistic(key: string): Counter {
  return {
    from: 'statistics',
    key,
    metric: 'ena.network.statistic',
    attributes: { 'ena.network.statistic.name': key },
  }
}

/** Driver statistics chosen by `--statistics` that have no row of their own. Drivers don't say which are gauges; we know these. */
export function otherEthtoolStatistic(key: string): Counter {
  return {
    from: 'ethtool',
    key,
    metric: KNOWN_GAUGES.test(key) ? 'ethtool.statistic.current' : 'ethtool.statistic',
    attributes: { 'ethtool.statistic.name': key },
    busy: true,
  }
}

// ENA: num_of_active_io_queues (2.16.0), pending_timedout_pkts (is decremented; the 32-byte name loses its last letter).
const KNOWN_GAUGES = /^num_of_active_io_queues$|_pending_timedout_pkts?$/
