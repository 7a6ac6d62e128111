// The queries of the documents, asked of a real Prometheus that has a node in trouble: none fails (two ENIs that can't be told apart in
// a division, say), and each that looks for trouble finds it.
import { expect, it } from 'vitest'

import { COREDNS_METRICS } from '../../packages/rules/src/foreign-metrics.ts'
import { EXPORTED } from '../../packages/rules/src/names.ts'
import { amp } from '../amp/amp.ts'
import { push, series } from '../amp/push.ts'
import type { Sample, TimeSeries } from '../amp/write-request.ts'
import { documentedQueries } from './markdown.ts'

/** AMP takes what is less than an hour old. */
const MINUTES = 50
const EVERY_MS = 15_000

it('the queries of the documents find a node in trouble', async () => {
  await using store = await amp()
  const now = Date.now()
  expect(await push(store, trouble(now))).toBe('200')
  const failed: string[] = []
  const empty: string[] = []
  for (const { document, line, code } of documentedQueries()) {
    try {
      const found = await store.query(code, now)
      if (found.length === 0 && !asksForHealth(code)) empty.push(`${document}:${line}: ${code}`)
    } catch (error) {
      failed.push(`${document}:${line}: ${String(error)}`)
    }
  }
  expect({ failed, empty }).toEqual({ failed: [], empty: [] })
}, 60_000)

/** A query that finds something only where all is well. */
function asksForHealth(query: string): boolean {
  return / (?:<|==) [\d.]+$/.test(query)
}

const NODE = {
  k8s_cluster_name: 'blue',
  k8s_node_name: 'ip-10-0-1-23',
  job: 'ena-otel',
  instance: 'ip-10-0-1-23',
  host_id: 'i-1',
}
const ENIS = ['ens5', 'ens6'].map((name) => ({ ...NODE, network_interface_name: name, ena_eni_id: `eni-${name}` }))

type Labels = Record<string, string>

/** What tells the series of a metric apart, besides the node and the ENI. */
const LABELS: readonly (readonly [RegExp, readonly Labels[]])[] = [
  [
    /^ena_allowance_/,
    ['bw_in', 'bw_out', 'pps', 'conntrack', 'linklocal'].map((name) => ({ ena_allowance_name: name })),
  ],
  [/^ena_driver_events/, ['total_resets', 'tx_timeout'].map((name) => ({ ena_driver_event_name: name }))],
  [
    /^(?:system_network_(?:io|packet|errors)|ena_network_)/,
    ['receive', 'transmit'].map((way) => ({ network_io_direction: way })),
  ],
  [/conntrack_dropped/, ['failed', 'evicted'].map((reason) => ({ ena_node_conntrack_drop_reason: reason }))],
  [/^otel_sdk_exporter_metric_data_point_exported/, [{ error_type: 'rejected' }]],
  [/^ena_otel_read_discarded/, [{ ena_otel_reason: 'implausible' }]],
  [/^ena_otel_read/, [{ ena_otel_reader: 'ethtool' }]],
  [/^coredns_.*_bucket/, [{ le: '1.024', rcode: 'NOERROR', proxy_name: 'forward', to: '10.0.0.2:53' }]],
  [/^coredns_/, ['NOERROR', 'SERVFAIL'].map((rcode) => ({ rcode, proxy_name: 'forward', to: '10.0.0.2:53' }))],
]

/** Counters that rise, and gauges that fall. */
function trouble(now: number): readonly TimeSeries[] {
  const hostmetrics = inOrder({ ...NODE, device: 'ens5', direction: 'receive' })
  const own = [...EXPORTED.values(), ...COREDNS_METRICS].flatMap((name) => {
    const samples = (COUNTER.test(name) ? rising : falling)(now)
    const told = LABELS.find(([pattern]) => pattern.test(name))?.[1] ?? [{}]
    const places = OF_NODE.test(name) ? [NODE] : ENIS
    return places.flatMap((place) => told.map((labels) => series(name, samples, inOrder({ ...place, ...labels }))))
  })
  return [...own, series('system_network_io_bytes_total', rising(now), hostmetrics)]
}

/** `_count` is a histogram's; system_network_conntrack_count is none. */
const COUNTER = /_(?:total|bucket|sum)$|^coredns_.*_count$/
const OF_NODE = /^(?:coredns|system_network_conntrack|ena_node_conntrack|ena_otel)_/

const COUNT = (MINUTES * 60_000) / EVERY_MS
const at = (now: number, i: number): number => now - (COUNT - 1 - i) * EVERY_MS
const rising = (now: number): Sample[] =>
  Array.from({ length: COUNT }, (_, i) => ({ value: 10 * i, timestamp: at(now, i) }))
const falling = (now: number): Sample[] =>
  Array.from({ length: COUNT }, (_, i) => ({ value: 1000 - i, timestamp: at(now, i) }))

/** As remote write wants labels. */
function inOrder(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
