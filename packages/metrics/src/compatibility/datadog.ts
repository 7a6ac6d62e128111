// The names of the Datadog agent's `network` check with collect_aws_ena_metrics and collect_ethtool_metrics. Source:
// DataDog/datadog-agent 0618c61, pkg/collector/corechecks/net/networkv2/{network_linux,const_linux}.go.
import type { Series } from '../sampling/series.ts'
import type { Exporter, Reading, ReadInterface } from './exporter.ts'

/**
 * `system.net.aws.ec2.*` (gauges of the raw counter, as there), `system.net.ena.queue.*{queue}`, `system.net.ena.*`,
 * `system.net.iface.up` and `system.net.conntrack.{count,max}`.
 *
 * The `system.net.ena` ones are monotonic counts there, which Datadog stores as what was added. They are the only compatibility
 * metrics that are OTLP counters: Datadog makes such counts of them, and would take a gauge for the value itself.
 *
 * Left out: `system.net.{bytes,packets}_*`, which are rates between two runs of the check; the bare tag `global`, which no attribute
 * can say; `system.net.conntrack.*` per processor, which we read summed; queue statistics of other drivers than ENA.
 */
export const DATADOG: Exporter = {
  title: "the Datadog agent's network check",
  source: 'DataDog/datadog-agent pkg/collector/corechecks/net/networkv2 0618c61',
  interface: (nic) => {
    const tags = { device: nic.name, driver_name: nic.driver, driver_version: nic.link?.driver?.version ?? '' }
    const readings: Reading[] = []
    for (const [key, series] of nic.ethtool) {
      if (ALLOWANCES.has(key)) readings.push(gauge(`system.net.aws.ec2.${key}`, tags, series))
      else if (nic.driver === 'ena') readings.push(...enaCount(key, tags, series))
    }
    return [...readings, ...carrier(nic)]
  },
  conntrack: (counters) => {
    const readings: Reading[] = []
    for (const metric of ['count', 'max']) {
      const series = counters.get(`nf_conntrack_${metric}`)
      if (series) readings.push(gauge(`system.net.conntrack.${metric}`, {}, series))
    }
    return readings
  },
}

// const_linux.go, enaMetricNames
const ALLOWANCES: ReadonlySet<string> = new Set([
  'bw_in_allowance_exceeded',
  'bw_out_allowance_exceeded',
  'conntrack_allowance_exceeded',
  'linklocal_allowance_exceeded',
  'pps_allowance_exceeded',
  'conntrack_allowance_available',
])

// const_linux.go, ethtoolGlobalMetricNames, ena
const GLOBALS: ReadonlySet<string> = new Set(['tx_timeout', 'suspend', 'resume', 'wd_expired'])

// const_linux.go, ethtoolMetricNames, ena. Names of drivers before 2.7.0 too: rx_bad_csum is rx_csum_bad since, and missing here.
const QUEUE: ReadonlySet<string> = new Set([
  'rx_bad_csum',
  'rx_bad_desc_num',
  'rx_bad_req_id',
  'rx_bytes',
  'rx_cnt',
  'rx_csum_good',
  'rx_csum_unchecked',
  'rx_dma_mapping_err',
  'rx_empty_rx_ring',
  'rx_page_alloc_fail',
  'rx_refil_partial',
  'rx_rx_copybreak_pkt',
  'rx_skb_alloc_fail',
  'rx_xdp_aborted',
  'rx_xdp_drop',
  'rx_xdp_invalid',
  'rx_xdp_pass',
  'rx_xdp_redirect',
  'rx_xdp_tx',
  'tx_bad_req_id',
  'tx_bytes',
  'tx_cnt',
  'tx_dma_mapping_err',
  'tx_doorbells',
  'tx_linearize',
  'tx_linearize_failed',
  'tx_llq_buffer_copy',
  'tx_missed_tx',
  'tx_napi_comp',
  'tx_prepare_ctx_err',
  'tx_queue_stop',
  'tx_queue_wakeup',
  'tx_tx_poll',
  'tx_unmask_interrupt',
])

type Tags = Readonly<Record<string, string>>

/** getEthtoolMetrics: `queue_0_tx_cnt` is `tx_cnt` of queue 0; what is not in the lists is not sent. */
function enaCount(key: string, tags: Tags, series: Series): Reading[] {
  const count = { value: series.value, time: series.time, startTime: series.startTime }
  if (GLOBALS.has(key)) return [{ name: `system.net.ena.${key}`, attributes: tags, ...count }]
  const [, queue, statistic] = /^queue_(\d+)_(.+)$/.exec(key) ?? []
  if (queue === undefined || statistic === undefined || !QUEUE.has(statistic)) return []
  return [{ name: `system.net.ena.queue.${statistic}`, attributes: { ...tags, queue }, ...count }]
}

/** submitInterfaceSysMetrics: the file `carrier`, and 0 where it can't be read because the interface is down. */
function carrier({ name, link, time }: ReadInterface): Reading[] {
  if (link === undefined || Number.isNaN(time)) return []
  return [{ name: 'system.net.iface.up', attributes: { iface: name }, value: link.carrier ? 1 : 0, time }]
}

function gauge(name: string, attributes: Tags, { value, time }: Series): Reading {
  return { name, attributes, value, time }
}
