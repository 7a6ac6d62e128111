import { expect, test } from 'vitest'

import { type Metric, METRICS } from '../../../metrics/src/table.ts'
import { createStreams } from '../../src/export/streams.ts'

const metric = (name: string): Metric =>
  METRICS.find((row) => row.name === name) ?? { name, kind: 'gauge', unit: '', description: '', source: '' }
const DROPS = metric('ena.allowance.exceeded')
const QUEUES = metric('ethtool.statistic')
const OTHERS = metric('node_network_up')

test('a metric under the same attributes is one stream, under others another', () => {
  const streams = createStreams(10)
  const first = streams.find('ena-otel', DROPS, { a: '1' }, 0)
  expect(streams.find('ena-otel', DROPS, { a: '1' }, 1)).toBe(first)
  expect(streams.find('ena-otel', DROPS, { a: '2' }, 1)).not.toBe(first)
  expect(streams.find('ena-otel', QUEUES, { a: '1' }, 1)).not.toBe(first)
  expect(streams.count()).toBe(3)
})

test('over the most, new ones are left out, counted once, and the names of their metrics told', () => {
  const streams = createStreams(2)
  const find = (i: number) => streams.find('ena-otel', QUEUES, { i: `${i}` }, 0)
  for (const _ of [1, 2]) for (let i = 0; i < 5; i++) find(i)
  expect([streams.count(), find(1) === undefined, find(4) === undefined]).toEqual([2, false, true])
  expect(streams.cut()).toEqual({ count: 3, names: ['ethtool.statistic'] })
  streams.tidy(0)
  expect(streams.cut()).toEqual({ count: 0, names: [] })
})

test('an allowance takes the place of a statistic or of another exporter’s name, but of no other allowance', () => {
  const streams = createStreams(2)
  streams.find('ena-otel', OTHERS, {}, 0)
  streams.find('ena-otel', QUEUES, {}, 0)
  expect(streams.find('ena-otel', DROPS, { nic: '0' }, 0)).toBeDefined()
  expect(streams.find('ena-otel', DROPS, { nic: '1' }, 0)).toBeDefined()
  expect(streams.find('ena-otel', DROPS, { nic: '2' }, 0)).toBeUndefined()
  expect(streams.cut()).toEqual({
    count: 3,
    names: ['node_network_up', 'ethtool.statistic', 'ena.allowance.exceeded'],
  })
})

test('the kernel’s other statistics take the place of what was asked for, and make room for an allowance', () => {
  const streams = createStreams(2)
  const other = (i: number) => streams.find('ena-otel', metric('ena.network.statistic'), { i: `${i}` }, 0)
  streams.find('ena-otel', QUEUES, {}, 0)
  expect([other(1), other(2), other(3)].map((found) => found !== undefined)).toEqual([true, true, false])
  expect(streams.find('ena-otel', DROPS, {}, 0)).toBeDefined()
  expect(streams.cut().names).toEqual(['ethtool.statistic', 'ena.network.statistic'])
})

test('what the agent tells of itself is always there', () => {
  const streams = createStreams(1)
  streams.find('ena-otel', QUEUES, {}, 0)
  expect(streams.find('ena-otel/agent', metric('ena_otel.sweeps'), {}, 0)).toBeDefined()
})

test('a stream without a point for five minutes is forgotten, and makes room', () => {
  const streams = createStreams(1)
  streams.find('ena-otel', QUEUES, { i: '1' }, 0)
  streams.tidy(300_000)
  expect(streams.find('ena-otel', QUEUES, { i: '2' }, 300_000)).toBeUndefined()
  streams.tidy(300_001)
  expect(streams.find('ena-otel', QUEUES, { i: '2' }, 300_001)).toBeDefined()
})

test('a stream that comes back while its points wait is the one it was, however long it was away', () => {
  const streams = createStreams(1)
  const first = streams.find('ena-otel', QUEUES, {}, 0)!
  first.waiting = 1
  for (let time = 15_000; time <= 7_200_000; time += 15_000) streams.tidy(time)
  expect([streams.count(), streams.find('ena-otel', QUEUES, {}, 7_200_000) === first]).toEqual([0, true])
  first.waiting = 0
  for (let time = 7_215_000; time <= 7_800_000; time += 15_000) streams.tidy(time)
  expect(streams.find('ena-otel', QUEUES, {}, 7_800_000)).not.toBe(first)
})

test('while a machine sleeps, or when its clock is set, no stream is forgotten', () => {
  const streams = createStreams(10, 15_000)
  streams.tidy(0)
  const [first, second] = [streams.find('ena-otel', DROPS, {}, 0), streams.find('ena-otel', QUEUES, {}, 0)]
  streams.tidy(7_200_000)
  expect(streams.find('ena-otel', DROPS, {}, 7_200_000)).toBe(first)
  streams.tidy(7_215_000) // it couldn't be read at once
  expect(streams.find('ena-otel', QUEUES, {}, 7_215_000)).toBe(second)
})
