// The names of prometheus/node_exporter, of its collectors ethtool, netdev and conntrack. Source: version 1.12.1 (a7dcc3a),
// collector/{ethtool_linux,netdev_linux,netdev_common,conntrack_linux,helper}.go.
import { type Exporter, type ExporterPoint, gauge, type InterfaceCounters, sumOf } from './exporter.ts'

/**
 * `node_ethtool_*` for every ethtool statistic that was read, `node_ethtool_info`, `node_network_autonegotiate`,
 * `node_network_{receive,transmit}_*_total` and `node_nf_conntrack_*`.
 *
 * Left out, because the agent does not read them: the link's mode masks (`node_network_{supported,advertised}_*` and similar), the
 * netclass collector, and the columns of conntrack that have no row in the metrics table.
 */
export const NODE_EXPORTER: Exporter = {
  title: 'node_exporter',
  source: 'prometheus/node_exporter collector/{ethtool_linux,netdev_common,conntrack_linux}.go 1.12.1',
  interface: (nic) => [...ethtoolStatistics(nic), ...linkPoints(nic), ...netdevStatistics(nic)],
  // conntrack_linux.go. All are gauges there too.
  conntrack: [
    ['nf_conntrack_count', 'node_nf_conntrack_entries'],
    ['nf_conntrack_max', 'node_nf_conntrack_entries_limit'],
    ['insert_failed', 'node_nf_conntrack_stat_insert_failed'],
    ['drop', 'node_nf_conntrack_stat_drop'],
    ['early_drop', 'node_nf_conntrack_stat_early_drop'],
  ],
}

// netdev_common.go, legacy(); netdev_linux.go, parseNetlinkStats. Each is the sum of these files, all of which must have been read.
const NETDEV: readonly (readonly [name: string, ...files: string[]])[] = [
  ['receive_bytes', 'rx_bytes'],
  ['receive_packets', 'rx_packets'],
  ['receive_errs', 'rx_errors'],
  ['receive_drop', 'rx_dropped', 'rx_missed_errors'],
  ['receive_fifo', 'rx_fifo_errors'],
  ['receive_frame', 'rx_frame_errors', 'rx_length_errors', 'rx_over_errors', 'rx_crc_errors'],
  ['receive_compressed', 'rx_compressed'],
  ['receive_nohandler', 'rx_nohandler'],
  ['receive_multicast', 'multicast'],
  ['transmit_bytes', 'tx_bytes'],
  ['transmit_packets', 'tx_packets'],
  ['transmit_errs', 'tx_errors'],
  ['transmit_drop', 'tx_dropped'],
  ['transmit_fifo', 'tx_fifo_errors'],
  ['transmit_colls', 'collisions'],
  ['transmit_carrier', 'tx_carrier_errors', 'tx_aborted_errors', 'tx_heartbeat_errors', 'tx_window_errors'],
  ['transmit_compressed', 'tx_compressed'],
]

function netdevStatistics({ name: device, statistics }: InterfaceCounters): ExporterPoint[] {
  return NETDEV.flatMap(([name, ...files]) => {
    const total = sumOf(statistics, files)
    return total ? [gauge(`node_network_${name}_total`, { device }, total)] : []
  })
}

// ethtool_linux.go, makeEthtoolCollector: the seven statistics that have a name of their own.
const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['rx_bytes', 'node_ethtool_received_bytes_total'],
  ['rx_dropped', 'node_ethtool_received_dropped_total'],
  ['rx_errors', 'node_ethtool_received_errors_total'],
  ['rx_packets', 'node_ethtool_received_packets_total'],
  ['tx_bytes', 'node_ethtool_transmitted_bytes_total'],
  ['tx_errors', 'node_ethtool_transmitted_errors_total'],
  ['tx_packets', 'node_ethtool_transmitted_packets_total'],
])

/** Statistics that would get the same name are all left out, as node_exporter does. */
function ethtoolStatistics({ name: device, ethtool }: InterfaceCounters): ExporterPoint[] {
  const byName = new Map<string, ExporterPoint | undefined>()
  for (const [key, series] of ethtool) {
    const sanitized = sanitize(key)
    const general = ethtoolName(sanitized)
    const point = gauge(SPECIAL.get(sanitized) ?? general, { device }, series)
    byName.set(general, byName.has(general) ? undefined : point)
  }
  return [...byName.values()].filter((point) => point !== undefined)
}

/** helper.go, SanitizeMetricName: what no metric name may hold becomes one underscore, with the underscores around it. */
function sanitize(statistic: string): string {
  return statistic.replaceAll(/_*[^0-9A-Za-z_]+_*/g, '_')
}

/**
 * ethtool_linux.go, buildEthtoolFQName. Of two `tx` in a row only the first is spelled out, because one match uses up the underscore between them:
 * `queue_0_tx_tx_poll` is `queue_0_transmitted_tx_poll`.
 */
function ethtoolName(sanitized: string): string {
  const name = sanitized
    .toLowerCase()
    .replace(/^_+/, '')
    .replaceAll(/(^|_)rx(_|$)/g, '$1received$2')
    .replaceAll(/(^|_)tx(_|$)/g, '$1transmitted$2')
  return `node_ethtool_${name}`
}

function linkPoints({ name: device, link, time }: InterfaceCounters): ExporterPoint[] {
  const points: ExporterPoint[] = []
  if (link?.settings) {
    const value = link.settings.autonegotiation ? 1 : 0
    points.push(gauge('node_network_autonegotiate', { device }, { value, time }))
  }
  if (link?.driver) {
    const { driver, busInfo = '', expansionRomVersion = '', firmwareVersion = '', version = '' } = link.driver
    const attributes = {
      bus_info: busInfo,
      device,
      driver,
      expansion_rom_version: expansionRomVersion,
      firmware_version: firmwareVersion,
      version,
    }
    points.push(gauge('node_ethtool_info', attributes, { value: 1, time }))
  }
  return points
}
