import { expect, test } from 'vitest'

import type { StreamMetric } from '../../src/export/stream-metric.ts'
import { createStreams, type Streams } from '../../src/export/streams.ts'
import { metric } from './metric-data.ts'

const DROPS = metric('ena.allowance.exceeded')
const QUEUES = metric('ethtool.statistic')
const OTHERS = metric('node_network_up')
const INTERVAL = 15_000

test('a stream is one metric with one set of attributes', () => {
  const streams = createStreams(10, INTERVAL)
  const first = streams.find(DROPS, { a: '1' }, 0)
  expect(streams.find(DROPS, { a: '1' }, 1)).toBe(first)
  expect(streams.find(DROPS, { a: '2' }, 1)).not.toBe(first)
  expect(streams.find(QUEUES, { a: '1' }, 1)).not.toBe(first)
  expect(streams.find(metric('ena.allowance.exceeded', 'gauge'), { a: '1' }, 1)).not.toBe(first)
  expect(streams.count()).toBe(4)
})

test('series over the limit are cut, counted once, and named for at least two whole export intervals', () => {
  const streams = createStreams(2, INTERVAL)
  const find = (i: number) => streams.find(QUEUES, { i: `${i}` }, 0)
  for (const _ of [1, 2]) for (let i = 0; i < 5; i++) find(i)
  expect([streams.count(), find(1) === undefined, find(4) === undefined]).toEqual([2, false, true])
  const cut = { count: 3, names: ['ethtool.statistic'] }
  streams.tidy(0)
  streams.tidy(INTERVAL - 1) // an early export
  expect(streams.cut()).toEqual(cut)
  streams.tidy(INTERVAL)
  expect(streams.cut()).toEqual(cut)
  streams.tidy(2 * INTERVAL)
  expect(streams.cut()).toEqual({ count: 0, names: [] })
})

test('an allowance takes the place of optional series, then of other kernel statistics, but not of an allowance', () => {
  const streams = createStreams(3, INTERVAL)
  const isExported = (of: StreamMetric, nic = '0'): boolean => streams.find(of, { nic }, 0) !== undefined
  const other = metric('ena.network.statistic')
  expect([OTHERS, QUEUES, other].map((of) => isExported(of))).toEqual([true, true, true])
  expect(isExported(other, '1')).toBe(true)
  expect(['0', '1'].map((nic) => isExported(DROPS, nic))).toEqual([true, true])
  expect(isExported(other, '2')).toBe(false)
  expect(['2', '3'].map((nic) => isExported(DROPS, nic))).toEqual([true, false])
  const names = ['node_network_up', 'ethtool.statistic', 'ena.network.statistic', 'ena.allowance.exceeded']
  expect(streams.cut()).toEqual({ count: 6, names })
})

test.each(['ena_otel.sweeps', 'otel.sdk.exporter.metric_data_point.exported'])('%s is never cut for others', (name) => {
  const streams = createStreams(1, INTERVAL)
  streams.find(QUEUES, {}, 0)
  expect(streams.find(metric(name), {}, 0)).toBeDefined()
})

/** Whole exports at each interval, in which nothing is used. */
function pass(streams: Streams, from: number, to: number): void {
  for (let time = from; time <= to; time += INTERVAL) streams.tidy(time)
}

test('a stream without a point for five minutes is forgotten, and makes room', () => {
  const streams = createStreams(1, INTERVAL)
  streams.find(QUEUES, { i: '1' }, 0)
  pass(streams, 0, 300_000)
  expect(streams.find(QUEUES, { i: '2' }, 300_000)).toBeUndefined()
  streams.tidy(315_000)
  expect(streams.find(QUEUES, { i: '2' }, 315_000)).toBeDefined()
})

test('no stream is forgotten while the machine sleeps or when its clock is set', () => {
  const streams = createStreams(10, INTERVAL)
  streams.tidy(0)
  const [first, second] = [streams.find(DROPS, {}, 0), streams.find(QUEUES, {}, 0)]
  streams.tidy(7_200_000)
  expect(streams.find(DROPS, {}, 7_200_000)).toBe(first)
  streams.tidy(7_215_000) // it couldn't be read at once
  expect(streams.find(QUEUES, {}, 7_215_000)).toBe(second)
})
