// The names of the OpenTelemetry Collector's hostmetrics receiver, scraper `network`. Source: opentelemetry-collector-contrib 0.155.0,
// receiver/hostmetricsreceiver/internal/scraper/networkscraper/{metadata.yaml,network_scraper.go}; gopsutil 4.26.5, net/net_linux.go.
import { type Exporter, type ExporterPoint, sumOf } from './exporter.ts'

/**
 * `system.network.{io,packets,errors,dropped}` with the attributes `device` and `direction`, as monotonic integer Sums, in the
 * receiver's own instrumentation scope.
 *
 * `system.network.io` and `system.network.errors` are also names of ours, with the attributes of today's semantic conventions. Both are
 * sent. OpenTelemetry tells them apart by scope; PromQL by the labels `otel_scope_name`, `device` and `network_interface_name`.
 *
 * The receiver's `system.network.conntrack.{count,max}` have no attributes: our own metrics are the same, and are always sent.
 *
 * Left out: `system.network.connections`. It counts the TCP sockets of every process by state, and the agent does not read sockets.
 */
export const HOSTMETRICS: Exporter = {
  title: "the collector's hostmetrics receiver",
  source: 'opentelemetry-collector-contrib receiver/hostmetricsreceiver networkscraper 0.155.0',
  scope:
    'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/scraper/networkscraper',
  valueType: 'int',
  interface: ({ name: device, statistics }) =>
    ROWS.flatMap(([name, unit, direction, ...files]): ExporterPoint[] => {
      const total = sumOf(statistics, files)
      return total ? [{ name, unit, attributes: { device, direction }, ...total }] : []
    }),
}

// gopsutil reads /proc/net/dev. Its receive column `drop` is the sum of two files (Linux, net/core/net-procfs.c, dev_seq_printf_stats).
const ROWS: readonly (readonly [name: string, unit: string, direction: string, ...files: string[]])[] = [
  ['system.network.packets', '{packets}', 'transmit', 'tx_packets'],
  ['system.network.packets', '{packets}', 'receive', 'rx_packets'],
  ['system.network.dropped', '{packets}', 'transmit', 'tx_dropped'],
  ['system.network.dropped', '{packets}', 'receive', 'rx_dropped', 'rx_missed_errors'],
  ['system.network.errors', '{errors}', 'transmit', 'tx_errors'],
  ['system.network.errors', '{errors}', 'receive', 'rx_errors'],
  ['system.network.io', 'By', 'transmit', 'tx_bytes'],
  ['system.network.io', 'By', 'receive', 'rx_bytes'],
]
