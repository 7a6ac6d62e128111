// The names of the Datadog agent's `network` check with collect_aws_ena_metrics and collect_ethtool_metrics. Source:
// DataDog/datadog-agent 0618c61, pkg/collector/corechecks/net/networkv2/{network_linux,const_linux}.go.
import { pointOf, type SampledSeries } from '../sampling/series.ts'
import { type Exporter, type ExporterPoint, gauge, type InterfaceCounters } from './exporter.ts'

/**
 * `system.net.aws.ec2.*` (gauges of the raw counter, as there), `system.net.ena.queue.*{queue}`, `system.net.ena.*`,
 * `system.net.iface.up` and `system.net.conntrack.{count,max}`.
 *
 * The `system.net.ena` metrics are monotonic counts there, and Datadog stores their increase. They are sent as OTLP counters, because
 * Datadog converts those to counts.
 *
 * Left out: `system.net.{bytes,packets}_*`, which are rates between two runs of the check; the tag `global`, which has no value and so
 * cannot be an attribute; `system.net.conntrack.*` per processor, because we read sums; queue statistics of other drivers than ENA.
 */
export const DATADOG: Exporter = {
  title: "the Datadog agent's network check",
  source: 'DataDog/datadog-agent pkg/collector/corechecks/net/networkv2 0618c61',
  interface: (nic) => {
    const tags = { device: nic.name, driver_name: nic.driver, driver_version: nic.link?.driver?.version ?? '' }
    const points: ExporterPoint[] = []
    for (const [key, series] of nic.ethtool) {
      if (ALLOWANCES.has(key)) points.push(gauge(`system.net.aws.ec2.${key}`, tags, series))
      else if (nic.driver === 'ena') points.push(...enaCount(key, tags, series))
    }
    return [...points, ...carrier(nic)]
  },
  conntrack: [
    ['nf_conntrack_count', 'system.net.conntrack.count'],
    ['nf_conntrack_max', 'system.net.conntrack.max'],
  ],
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

// const_linux.go, ethtoolMetricNames, ena. It has names of drivers before 2.7.0: rx_bad_csum is now rx_csum_bad, which the list does not have.
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

/** getEthtoolMetrics: `queue_0_tx_cnt` is `tx_cnt` of queue 0. Names outside the lists are not sent. */
function enaCount(key: string, tags: Tags, series: SampledSeries): ExporterPoint[] {
  const count = pointOf(series)
  if (GLOBALS.has(key)) return [{ name: `system.net.ena.${key}`, attributes: tags, ...count }]
  const [, queue, statistic] = /^queue_(\d+)_(.+)$/.exec(key) ?? []
  if (queue === undefined || statistic === undefined || !QUEUE.has(statistic)) return []
  return [{ name: `system.net.ena.queue.${statistic}`, attributes: { ...tags, queue }, ...count }]
}

/** submitInterfaceSysMetrics: the file `carrier`, or 0 if it can't be read because the interface is down. */
function carrier({ name, link, time }: InterfaceCounters): ExporterPoint[] {
  return link ? [gauge('system.net.iface.up', { iface: name }, { value: link.carrier ? 1 : 0, time })] : []
}
