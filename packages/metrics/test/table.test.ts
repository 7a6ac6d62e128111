import { describe, expect, it } from 'vitest'

import { COUNTERS, METRICS, otherEthtoolStatistic } from '../src/table.ts'

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

  it('avoids what the translation to Prometheus would change: an inner "total", and gauges of unit 1', () => {
    expect(
      METRICS.filter(({ name, kind, unit }) => /\btotal\b/.test(name) || (kind === 'gauge' && unit === '1')),
    ).toEqual([])
  })

  it.each([
    ['num_of_active_io_queues', 'ethtool.statistic.current'],
    ['queue_0_tx_pending_timedout_pkt', 'ethtool.statistic.current'],
    ['queue_0_tx_cnt', 'ethtool.statistic'],
  ])('reports %s as %s', (key, metric) => {
    expect(otherEthtoolStatistic(key).metric).toBe(metric)
  })
})
