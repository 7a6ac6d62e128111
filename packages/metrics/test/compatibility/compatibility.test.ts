import { describe, expect, it } from 'vitest'

import { type Ecosystem, ECOSYSTEMS } from '../../src/compatibility/ecosystems.ts'
import type { LinkFacts } from '../../src/interfaces/link-facts.ts'
import { createTracker } from '../../src/sampling/tracker.ts'
import { metricNamed } from '../../src/table.ts'
import { collect, exposition, tracked } from './readings.ts'
import { ENA, ENA_LINK, enaInstance, INSTANCE } from './sources.ts'

/** What an ecosystem gets of one ENA interface's ethtool statistics. */
function lines(ecosystem: Ecosystem, statistics: Readonly<Record<string, number>>, link?: LinkFacts): string[] {
  const counters = tracked('ethtool', statistics)
  return exposition(
    collect([ecosystem], { interfaces: [{ interface: ENA, counters, link }], conntrack: [], host: INSTANCE }),
  )
}

/** The same of files in sysfs. */
function netdev(values: Readonly<Record<string, number>>): string[] {
  const counters = tracked('statistics', values)
  return exposition(
    collect(['node_exporter'], { interfaces: [{ interface: ENA, counters }], conntrack: [], host: INSTANCE }),
  )
}

/** What the Showmax exporter says of a link. */
function info(link: LinkFacts): string | undefined {
  return lines('showmax', { suspend: 0 }, link).find((line) => line.startsWith('node_net_ethtool_info'))
}

describe('what is sent', () => {
  it('is nothing when no ecosystem was asked for', () => {
    expect(collect([], enaInstance())).toEqual([])
  })

  it('is the same once when an ecosystem was asked for twice', () => {
    expect(collect(['showmax', 'showmax'], enaInstance())).toEqual(collect(['showmax'], enaInstance()))
  })

  it('is nothing for an interface that was never read, not even what is known of its link', () => {
    const block = { from: 'ethtool' as const, names: ['rx_bytes'], values: Float64Array.of(1) }
    const unread = createTracker({ block, read: () => 'absent', close: () => undefined }, undefined, 0)
    const source = {
      interfaces: [{ interface: ENA, counters: unread.tracked(), link: ENA_LINK }],
      conntrack: [],
      host: INSTANCE,
    }
    expect(collect(ECOSYSTEMS, source)).toEqual([])
  })

  it('has the counters, and nothing that needs the link, of an interface whose link is unknown', () => {
    expect(lines('node_exporter', { suspend: 1 })).toEqual(['node_ethtool_suspend{device="eth0"} 1'])
    expect(lines('showmax', { suspend: 1 })).toEqual(['node_net_ethtool{device="eth0",type="suspend"} 1'])
    expect(lines('telegraf', { suspend: 1 })).toEqual([
      'ethtool_suspend{driver="ena",host="ip-10-0-1-23",interface="eth0",namespace=""} 1',
    ])
  })

  it('puts the series of telegraf and CloudWatch, which share their names, into one metric', () => {
    const metrics = collect(['telegraf', 'cloudwatch'], enaInstance()).filter(
      ({ metric }) => metric.name === 'ethtool_pps_allowance_exceeded',
    )
    expect(exposition(metrics)).toEqual([
      'ethtool_pps_allowance_exceeded{InstanceId="i-0123456789abcdef0",driver="ena",interface="eth0"} 1024',
      'ethtool_pps_allowance_exceeded{driver="ena",host="ip-10-0-1-23",interface="eth0",namespace=""} 1024',
    ])
    expect(metrics).toHaveLength(1)
  })
})

describe('node_exporter', () => {
  it.each([
    ['rx_bytes', 'node_ethtool_received_bytes_total'],
    ['rx_dropped', 'node_ethtool_received_dropped_total'],
    ['tx_dropped', 'node_ethtool_transmitted_dropped'],
    ['queue_0_tx_cnt', 'node_ethtool_queue_0_transmitted_cnt'],
    ['queue_0_tx_tx_poll', 'node_ethtool_queue_0_transmitted_tx_poll'],
    ['queue_0_rx_rx_copybreak_pkt', 'node_ethtool_queue_0_received_rx_copybreak_pkt'],
    ['queue_0_rx_empty_rx_ring', 'node_ethtool_queue_0_received_empty_received_ring'],
    ['rx0_drops', 'node_ethtool_rx0_drops'],
    ['RX Bytes', 'node_ethtool_received_bytes'],
    ['_[0]: tx.bytes', 'node_ethtool_0_transmitted_bytes'],
    ['bw_in_allowance_exceeded', 'node_ethtool_bw_in_allowance_exceeded'],
  ])('calls the statistic %s %s', (statistic, name) => {
    expect(lines('node_exporter', { [statistic]: 7 })).toEqual([`${name}{device="eth0"} 7`])
  })

  it('leaves out all statistics that would get the same name', () => {
    expect(lines('node_exporter', { 'a b': 1, a_b: 2, 'a.b': 3, c: 4 })).toEqual(['node_ethtool_c{device="eth0"} 4'])
  })

  it('adds up files of sysfs, and says nothing when one of them could not be read', () => {
    expect(netdev({ rx_dropped: 3, rx_missed_errors: 4 })).toEqual(['node_network_receive_drop_total{device="eth0"} 7'])
    expect(netdev({ rx_dropped: 3, rx_missed_errors: Number.NaN })).toEqual([])
  })
})

describe('showmax', () => {
  it('says the speed in bit/s as Python prints a float', () => {
    expect(info(ENA_LINK)).toBe(
      'node_net_ethtool_info{device="eth0",duplex="Full",link_detected="yes",port="Twisted Pair",speed="25000000000.0"} 1',
    )
  })

  it('has no port where ethtool prints Other, and says of a link without settings only whether it is there', () => {
    const other = { speed: undefined, duplex: 'half', autonegotiation: true, port: 'other' } as const
    expect(info({ ...ENA_LINK, settings: other, carrier: false })).toBe(
      'node_net_ethtool_info{device="eth0",duplex="Half",link_detected="no",speed="0"} 1',
    )
    expect(info({ ...ENA_LINK, settings: undefined })).toBe(
      'node_net_ethtool_info{device="eth0",link_detected="yes"} 1',
    )
  })
})

describe('telegraf', () => {
  it("keeps ENA's counter interface_up and its own boolean apart", () => {
    const labels = '{driver="ena",host="ip-10-0-1-23",interface="eth0",namespace=""}'
    const got = lines('telegraf', { interface_up: 5 }, { ...ENA_LINK, settings: undefined })
    expect(got).toEqual([`ethtool_interface_up_counter${labels} 5`, `ethtool_interface_up${labels} 1`].sort())
  })

  it('makes underscores of what no metric name may hold', () => {
    expect(lines('telegraf', { '[0]: Rx Bytes%': 1 })).toEqual([
      'ethtool__0_:_Rx_Bytes{driver="ena",host="ip-10-0-1-23",interface="eth0",namespace=""} 1',
    ])
  })
})

describe('cloudwatch', () => {
  it('has no dimension InstanceId while the instance is unknown', () => {
    const counters = tracked('ethtool', { interface_up: 2 })
    const source = { interfaces: [{ interface: ENA, counters }], conntrack: [], host: { name: 'node' } }
    expect(exposition(collect(['cloudwatch'], source))).toEqual([
      'ethtool_interface_up{driver="ena",interface="eth0"} 2',
    ])
  })
})

describe('datadog', () => {
  it('takes the queue out of the name, and leaves out what its lists do not have', () => {
    const statistics = { queue_12_rx_cnt: 3, queue_12_rx_csum_bad: 4, interface_up: 1, wd_expired: 2 }
    const tags = 'device="eth0",driver_name="ena",driver_version=""'
    expect(lines('datadog', statistics)).toEqual([
      `system.net.ena.queue.rx_cnt{${tags},queue="12"} 3 # counter`,
      `system.net.ena.wd_expired{${tags}} 2 # counter`,
    ])
  })

  it('leaves its counts, which are totals, out of an export of deltas', () => {
    const total = exposition(collect(['datadog'], enaInstance()))
    expect(exposition(collect(['datadog'], enaInstance(), true))).toEqual(total.filter((line) => !line.includes('#')))
  })
})

describe('hostmetrics', () => {
  const metrics = collect(['hostmetrics'], enaInstance())

  // networkscraper/metadata.yaml 0.155.0
  it("has the receiver's types, units and scope", () => {
    const scope =
      'github.com/open-telemetry/opentelemetry-collector-contrib/receiver/hostmetricsreceiver/internal/scraper/networkscraper'
    const sum = { kind: 'counter', valueType: 'int', scope }
    expect(metrics.map(({ metric }) => metric)).toMatchObject([
      { name: 'system.network.packets', unit: '{packets}', ...sum },
      { name: 'system.network.dropped', unit: '{packets}', ...sum },
      { name: 'system.network.errors', unit: '{errors}', ...sum },
      { name: 'system.network.io', unit: 'By', ...sum },
    ])
  })

  it('adds nothing for conntrack, where our own metrics are the same', () => {
    const [count, max] = ['count', 'max'].map((name) => metricNamed(`system.network.conntrack.${name}`))
    for (const metric of [count, max])
      expect(metric).toMatchObject({ kind: 'updowncounter', valueType: 'int', unit: '{entries}' })
    expect(metrics.filter(({ metric }) => metric.name.includes('conntrack'))).toEqual([])
  })

  it('leaves out a sum of files when one of them could not be read', () => {
    const counters = tracked('statistics', { rx_dropped: 3, rx_missed_errors: Number.NaN, tx_dropped: 4 })
    const source = { interfaces: [{ interface: ENA, counters }], conntrack: [], host: INSTANCE }
    expect(exposition(collect(['hostmetrics'], source))).toEqual([
      'system.network.dropped{device="eth0",direction="transmit"} 4 # counter',
    ])
  })
})
