import { describe, expect, it } from 'vitest'

import { COUNTERS, metricNamed, METRICS, otherEthtoolStatistic } from '../src/table.ts'

const NAMES = new Set(METRICS.map(({ name }) => name))

describe('the metrics table', () => {
  it('has each metric once, with a unit, a sentence and a source', () => {
    expect(NAMES.size).toBe(METRICS.length)
    expect(METRICS.filter(({ description, source }) => !description.endsWith('.') || source === '')).toEqual([])
  })

  it('has each kernel counter once', () => {
    const keys = COUNTERS.map(({ from, key }) => `${from} ${key}`)
    expect(keys.length).toBe(new Set(keys).size)
  })

  it('reports no two counters as the same series', () => {
    const series = COUNTERS.map(({ metric, attributes }) => `${metric} ${JSON.stringify(attributes)}`)
    expect(series.length).toBe(new Set(series).size)
  })

  it('knows every metric that a counter names', () => {
    const named = COUNTERS.flatMap(({ metric, peak, throttled, highest }) => [metric, peak, throttled, highest])
    expect(named.filter((name) => name !== undefined && !NAMES.has(name))).toEqual([])
  })

  it('has no name that the translation to Prometheus would change: with an inner "total"', () => {
    expect(METRICS.filter(({ name }) => /\btotal\b/.test(name))).toEqual([])
  })

  // SC 1.44.0 model/system/metrics.yaml, and HM 0.155.0 networkscraper/metadata.yaml for conntrack.
  it.each([
    ['system.network.io', 'counter', 'int', 'By'],
    ['system.network.packet.count', 'counter', 'int', '{packet}'],
    ['system.network.packet.dropped', 'counter', 'int', '{packet}'],
    ['system.network.errors', 'counter', 'int', '{error}'],
    ['system.network.conntrack.count', 'updowncounter', 'int', '{entries}'],
    ['system.network.conntrack.max', 'updowncounter', 'int', '{entries}'],
  ])('has %s as OpenTelemetry defines it', (name, kind, valueType, unit) => {
    expect(metricNamed(name)).toMatchObject({ kind, valueType, unit })
  })

  it('has no other name, and no attribute, in the reserved namespace system', () => {
    const attributes = COUNTERS.flatMap((row) => Object.keys(row.attributes))
    expect(attributes.filter((name) => name.startsWith('system.'))).toEqual([])
    expect(METRICS.filter(({ name }) => name.startsWith('system.'))).toHaveLength(6)
  })

  it('has peaks and ratios as doubles, and counts as integers', () => {
    const doubles = METRICS.filter(({ valueType }) => valueType === 'double').map(({ name }) => name)
    expect(doubles).toEqual([
      'ena.allowance.exceeded.peak',
      'ena.srd.resource.utilization',
      'ena.network.packet.peak',
      'ena.network.io.peak',
    ])
  })

  it('divides only gauges', () => {
    const divided = COUNTERS.filter(({ divisor }) => divisor !== undefined)
    expect(divided.map(({ key }) => key)).toEqual(['ena_srd_resource_utilization'])
    expect(divided.filter(({ metric }) => metricNamed(metric).kind !== 'gauge')).toEqual([])
  })

  it('throws for a name without a row', () => {
    expect(() => metricNamed('ena.none')).toThrow(RangeError)
  })

  it.each([
    ['num_of_active_io_queues', 'ethtool.statistic.current'],
    ['queue_0_tx_pending_timedout_pkt', 'ethtool.statistic.current'],
    ['queue_0_tx_cnt', 'ethtool.statistic'],
  ])('reports %s as %s', (key, metric) => {
    expect(otherEthtoolStatistic(key).metric).toBe(metric)
  })
})
