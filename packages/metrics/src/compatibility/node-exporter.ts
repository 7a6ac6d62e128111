// The names of prometheus/node_exporter, of its collectors ethtool, netdev and conntrack. Source: version 1.12.1 (a7dcc3a),
// collector/{ethtool_linux,netdev_linux,netdev_common,conntrack_linux,helper}.go.
import type { Series } from '../sampling/series.ts'
import type { Exporter, Reading, ReadInterface } from './exporter.ts'

/**
 * `node_ethtool_*` for every ethtool statistic that was read, `node_ethtool_info`, `node_network_autonegotiate`,
 * `node_network_{receive,transmit}_*_total` and `node_nf_conntrack_*`.
 *
 * Left out, because the agent doesn't read them: `node_network_{supported,advertised}_*` and its kin (the link's mode masks), the
 * netclass collector, and the columns of conntrack that have no row in the metrics table.
 */
export const NODE_EXPORTER: Exporter = {
  title: 'node_exporter',
  source: 'prometheus/node_exporter collector/{ethtool_linux,netdev_common,conntrack_linux}.go 1.12.1',
  interface: (nic) => [...ethtoolStatistics(nic), ...linkReadings(nic), ...netdevStatistics(nic)],
  conntrack: (counters) => {
    const readings: Reading[] = []
    for (const [key, name] of CONNTRACK) {
      const series = counters.get(key)
      if (series) readings.push({ name, attributes: {}, value: series.value, time: series.time })
    }
    return readings
  },
}

// conntrack_linux.go. All gauges there, too.
const CONNTRACK: readonly (readonly [key: string, name: string])[] = [
  ['nf_conntrack_count', 'node_nf_conntrack_entries'],
  ['nf_conntrack_max', 'node_nf_conntrack_entries_limit'],
  ['found', 'node_nf_conntrack_stat_found'],
  ['invalid', 'node_nf_conntrack_stat_invalid'],
  ['ignore', 'node_nf_conntrack_stat_ignore'],
  ['insert', 'node_nf_conntrack_stat_insert'],
  ['insert_failed', 'node_nf_conntrack_stat_insert_failed'],
  ['drop', 'node_nf_conntrack_stat_drop'],
  ['early_drop', 'node_nf_conntrack_stat_early_drop'],
  ['search_restart', 'node_nf_conntrack_stat_search_restart'],
]

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

function netdevStatistics({ name: device, statistics }: ReadInterface): Reading[] {
  const readings: Reading[] = []
  for (const [name, ...files] of NETDEV) {
    const parts = files.map((file) => statistics.get(file)).filter((series) => series !== undefined)
    if (parts.length < files.length) continue
    readings.push({ name: `node_network_${name}_total`, attributes: { device }, ...sum(parts) })
  }
  return readings
}

function sum(parts: readonly Series[]): { value: number; time: number } {
  return {
    value: parts.reduce((total, { value }) => total + value, 0),
    time: parts.reduce((newest, { time }) => Math.max(newest, time), 0),
  }
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
function ethtoolStatistics({ name: device, ethtool }: ReadInterface): Reading[] {
  const byName = new Map<string, Reading | undefined>()
  for (const [key, { value, time }] of ethtool) {
    const sanitized = sanitize(key)
    const general = ethtoolName(sanitized)
    const reading = { name: SPECIAL.get(sanitized) ?? general, attributes: { device }, value, time }
    byName.set(general, byName.has(general) ? undefined : reading)
  }
  return [...byName.values()].filter((reading) => reading !== undefined)
}

/** helper.go, SanitizeMetricName: what no metric name may hold becomes one underscore, with the underscores around it. */
function sanitize(statistic: string): string {
  return statistic.replaceAll(/_*[^0-9A-Za-z_]+_*/g, '_')
}

/**
 * ethtool_linux.go, buildEthtoolFQName. Of two `tx` in a row only the first is spelt out, because its underscores are used up:
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

function linkReadings({ name: device, link, time }: ReadInterface): Reading[] {
  if (link === undefined || Number.isNaN(time)) return []
  const readings: Reading[] = []
  if (link.settings) {
    const value = link.settings.autonegotiation ? 1 : 0
    readings.push({ name: 'node_network_autonegotiate', attributes: { device }, value, time })
  }
  if (link.driver) {
    const attributes = {
      bus_info: link.driver.busInfo ?? '',
      device,
      driver: link.driver.driver,
      expansion_rom_version: link.driver.expansionRomVersion ?? '',
      firmware_version: link.driver.firmwareVersion ?? '',
      version: link.driver.version ?? '',
    }
    readings.push({ name: 'node_ethtool_info', attributes, value: 1, time })
  }
  return readings
}
