import { expect, test } from 'vitest'

import { createCounts } from '../../../metrics/src/sampling/counts.ts'
import type { MetricPoints } from '../../../metrics/src/points/points.ts'
import { METRICS } from '../../../metrics/src/table.ts'
import { type Batch, pointsOf } from '../../src/export/batch.ts'
import { createOutbox, type OutboxOptions } from '../../src/export/outbox.ts'
import { createStreams } from '../../src/export/streams.ts'

const MINUTE = 60_000
const NOON = 1_795_262_400_000

function open(options: Partial<OutboxOptions> = {}, mostSeries = 2_000) {
  const clock = { time: NOON, now: () => clock.time }
  const counts = createCounts()
  const queueAge = 55 * MINUTE
  const streams = createStreams(mostSeries, 15_000)
  const outbox = createOutbox(
    { queueSize: 8 * 2 ** 20, queueAge, temporality: 'cumulative', ...options },
    streams,
    counts,
    clock,
  )
  /** An export of so many values of a counter, one a second up to now. */
  const put = (...values: readonly number[]): void => outbox.put('ena-otel', [drops(clock.time, values)])
  return { clock, counts, outbox, put, streams }
}

function drops(now: number, values: readonly number[], nic = 'eth0'): MetricPoints {
  return {
    metric: METRICS.find(({ name }) => name === 'ena.allowance.exceeded')!,
    points: values.map((value, i) => ({
      attributes: { 'network.interface.name': nic },
      startTime: NOON,
      time: now - 1000 * (values.length - 1 - i),
      value,
    })),
  }
}

const values = (batches: readonly Batch[]): readonly (readonly number[])[] =>
  batches.map((batch) => [...pointsOf(batch)].map(({ value }) => value))

test('what is put in comes out, oldest first, and stays until it is done', () => {
  const { outbox, put } = open()
  put(1)
  put(2, 3)
  expect(values(outbox.take(100))).toEqual([[1], [2, 3]])
  outbox.back()
  put(4)
  expect(values(outbox.take(100))).toEqual([[1], [2, 3], [4]])
  outbox.done()
  expect([outbox.take(100), outbox.waiting()]).toEqual([[], { points: 0, size: 0, age: 0 }])
})

test('what is put in while a request is under way is not done with it', () => {
  const { outbox, put } = open()
  put(1)
  outbox.take(100)
  put(2)
  outbox.done()
  expect(values(outbox.take(100))).toEqual([[2]])
})

test('about so many points are taken as are wanted, in whole batches, but at least one', () => {
  const { outbox, put } = open()
  put(1, 2, 3)
  put(4, 5)
  put(6)
  expect(values(outbox.take(1))).toEqual([[1, 2, 3]])
  expect(values(outbox.take(5))).toEqual([
    [1, 2, 3],
    [4, 5],
  ])
})

test('what was made one of large exports is taken in batches that are no larger than before', () => {
  const { clock, counts, outbox } = open({ queueSize: 2 ** 20 }, 20_000)
  for (let i = 1; i <= 6; i++) {
    clock.time = NOON + i * MINUTE
    outbox.put(
      'ena-otel',
      Array.from({ length: 9_000 }, (_, nic) => drops(clock.time, [i], `eth${nic}`)),
    )
  }
  expect(counts.thinnedPoints).toBeGreaterThan(0)
  const { points } = outbox.waiting()
  const taken: Batch[] = []
  for (;;) {
    const batches = outbox.take(8_000)
    if (batches.length === 0) break
    taken.push(...batches)
    outbox.done()
  }
  expect(Math.max(...taken.map(({ streams }) => streams.length))).toBeLessThanOrEqual(2_000)
  expect(taken.reduce((sum, { streams }) => sum + streams.length, 0)).toBe(points)
  const last = new Map(taken.flatMap((batch) => [...pointsOf(batch)]).map(({ stream, value }) => [stream, value]))
  expect([last.size, new Set(last.values())]).toEqual([9_000, new Set([6])])
})

test('of a large export several batches are made', () => {
  const { outbox, put } = open({ queueAge: 90 * MINUTE })
  put(...Array.from({ length: 4_500 }, (_, i) => i))
  expect(outbox.take(1e9).map(({ streams }) => streams.length)).toEqual([2_000, 2_000, 500])
})

test('it tells how much waits, and for how long', () => {
  const { outbox, put, clock } = open()
  put(1, 2)
  clock.time += 20_000
  put(3)
  expect(outbox.waiting()).toEqual({ points: 3, size: 2 * 256 + 3 * 32, age: 20_000 })
})

test('what is older than it may be is dropped and counted, but never the newest', () => {
  const { outbox, put, clock, counts } = open()
  put(1, 2)
  clock.time += 56 * MINUTE
  expect(values(outbox.take(100))).toEqual([[1, 2]])
  outbox.back()
  put(3)
  expect(values(outbox.take(100))).toEqual([[1, 3]]) // it began with 1: the rise since is the store's to see
  expect(counts.droppedPoints).toEqual({ age: 1, size: 0 })
})

test('of an export that began long ago only the young points are sent', () => {
  const { outbox, put, counts, clock } = open()
  put(0)
  outbox.take(100)
  outbox.done()
  clock.time += 60 * MINUTE
  put(...Array.from({ length: 3_600 }, (_, i) => i))
  const times = outbox.take(1e9).flatMap((batch) => [...pointsOf(batch)].map(({ time }) => time))
  expect([times.length, times.every((time) => time >= clock.time - 55 * MINUTE)]).toEqual([3_301, true])
  expect(counts.droppedPoints).toEqual({ age: 299, size: 0 })
})

test('what is under way is neither dropped nor thinned', () => {
  const { outbox, put, clock, counts } = open({ queueSize: 400 })
  put(1, 2, 3)
  expect(values(outbox.take(100))).toEqual([[1, 2, 3]])
  clock.time += 56 * MINUTE
  put(4)
  put(5)
  expect(counts.droppedPoints).toEqual({ age: 0, size: 1 })
  outbox.done()
  expect(values(outbox.take(100))).toEqual([[5]])
})

test('over its size neighbours are made one, those closest together for their age, and nothing is dropped', () => {
  const { outbox, put, counts, clock } = open({ queueSize: 4 * (256 + 32) })
  put(0) // the series begins: that stays
  outbox.take(100)
  outbox.done()
  for (let i = 1; i <= 20; i++) {
    clock.time += 15_000
    put(i)
  }
  const left = values(outbox.take(100))
  expect(left).toEqual([[13], [16], [19], [20]])
  expect([counts.thinnedPoints, counts.droppedPoints]).toEqual([16, { age: 0, size: 0 }])
})

test.each(['cumulative', 'delta'] as const)(
  'interfaces that come and go in an outage do not outgrow the queue: %s',
  (temporality) => {
    const queueSize = 2 ** 16
    const { outbox, clock, counts, streams } = open({ queueSize, temporality })
    let put = 0
    for (let i = 0; i < 1_000; i++) {
      clock.time += 15_000
      streams.tidy(clock.time)
      const nics = Array.from({ length: 10 }, (_, nic) => drops(clock.time, [1], `veth${i}-${nic}`))
      outbox.put('ena-otel', [{ metric: nics[0]!.metric, points: nics.flatMap(({ points }) => points) }])
      put += 10
    }
    expect(outbox.waiting().size).toBeLessThanOrEqual(queueSize)
    const { age, size } = counts.droppedPoints
    expect(outbox.waiting().points + counts.thinnedPoints + age + size).toBe(put)
  },
)

test('what was made one is taken in parts that a request holds', () => {
  const { outbox, clock } = open({ queueSize: 2 ** 18 }, 10_000)
  for (let i = 0; i < 4; i++) {
    const nics = Array.from({ length: 5_000 }, (_, nic) => drops(clock.time, [i], `veth${nic}`))
    outbox.put('ena-otel', [{ metric: nics[0]!.metric, points: nics.flatMap(({ points }) => points) }])
    clock.time += 15_000
  }
  const waiting = outbox.waiting().points
  const sizes: number[] = []
  for (let batches = outbox.take(1); batches.length > 0; batches = outbox.take(1)) {
    sizes.push(batches.reduce((sum, { streams }) => sum + streams.length, 0))
    outbox.done()
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(2_000)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(waiting)
})

test('the newest is kept even where it is larger than all that there is room for', () => {
  const { outbox, put } = open({ queueSize: 10 })
  put(0) // the series begins
  put(1)
  put(2)
  expect(values(outbox.take(100))).toEqual([[0, 2]])
})

test('a machine that sleeps for hours, or a clock that is set, leaves each series in its order', () => {
  const { outbox, put, clock, streams } = open()
  const whole = (...list: readonly number[]): void => {
    streams.tidy(clock.time)
    put(...list)
  }
  whole(5)
  clock.time += 15_000
  whole(6)
  clock.time += 120 * MINUTE
  whole(8, 8, 8)
  clock.time += 15_000
  whole(9)
  const sent = outbox.take(100).flatMap((batch) => [...pointsOf(batch)].map(({ time, value }) => [time, value]))
  expect(sent).toEqual(sent.toSorted(([a = 0], [b = 0]) => a - b))
  expect(sent.map(([, value]) => value)).toEqual([5, 8, 8, 8, 9])
})

test('a series that is silent for hours of an outage goes on where it was', () => {
  const { outbox, clock, streams } = open()
  const whole = (nic: string, value: number): void => {
    streams.tidy(clock.time)
    outbox.put('ena-otel', [drops(clock.time, [value], nic)])
    clock.time += MINUTE
  }
  whole('eth1', 100)
  for (let i = 0; i < 61; i++) whole('eth0', i)
  whole('eth1', 101)
  for (let i = 0; i < 50; i++) whole('eth0', i)
  const sent = outbox.take(1e9).flatMap((batch) => [...pointsOf(batch)])
  const eth1 = sent.filter(({ attributes }) => attributes['network.interface.name'] === 'eth1')
  expect(eth1.map(({ value }) => value)).toEqual([100, 101])
})

test('a clock that was set back leaves a series in the order in which it was counted', () => {
  const { outbox, clock } = open()
  const { metric, points } = drops(clock.time, [100])
  const setBack = { ...points[0]!, time: clock.time - 5 * MINUTE, value: 101 }
  outbox.put('ena-otel', [{ metric, points: [...points, setBack] }])
  clock.time += 52 * MINUTE
  outbox.put('ena-otel', [drops(clock.time, [0], 'eth1')])
  expect(values(outbox.take(1e9))).toEqual([[100, 101], [0]])
})

test('what a whole export brings of the time before an early one stays behind what was carried there', () => {
  const { outbox, put, clock } = open()
  put(100)
  clock.time += 60 * MINUTE // the machine slept
  outbox.put('ena-otel', [drops(clock.time, [1], 'eth1')]) // early: of eth0 nothing
  outbox.take(100)
  outbox.done()
  outbox.put('ena-otel', [drops(clock.time + 1000, [101, 102, 103])])
  const sent = outbox
    .take(100)
    .flatMap((batch) => [...pointsOf(batch)].map(({ time, value }) => [time - clock.time, value]))
  expect(sent).toEqual([
    [0, 101],
    [1, 102],
    [1000, 103],
  ])
})

test('old points of any export that waits are left out, not only of the first', () => {
  const { outbox, clock } = open()
  clock.time += 60 * MINUTE // the machine slept
  outbox.put('ena-otel', [drops(clock.time, [1], 'eth1')]) // early
  const { metric, points } = drops(clock.time, [5, 6])
  outbox.put('ena-otel', [{ metric, points: [{ ...points[0]!, time: NOON }, points[1]!] }])
  const times = outbox.take(100).map((batch) => [...pointsOf(batch)].map(({ time }) => time - clock.time))
  expect(times).toEqual([[0], [-1, 0]])
})

test('a delta that waits on is not counted as dropped with the batch that it was in', () => {
  const { outbox, put, clock, counts } = open({ temporality: 'delta' })
  put(1)
  clock.time += 56 * MINUTE
  outbox.put('ena-otel', [drops(clock.time, [2], 'eth1')])
  expect([values(outbox.take(100)), counts.droppedPoints]).toEqual([[[1, 2]], { age: 0, size: 0 }])
})

test('no delta gets lost, whatever is dropped', () => {
  const { outbox, put, clock } = open({ temporality: 'delta' })
  put(1, 2)
  put(3)
  clock.time += 56 * MINUTE
  put(4)
  const [batch] = outbox.take(100)
  expect([...pointsOf(batch!)].map(({ value, startTime }) => [value, startTime])).toEqual([[10, NOON]])
})

test('of deltas none begins a series: what a batch keeps of that would double its memory', () => {
  const { outbox, put, clock } = open({ temporality: 'delta' })
  for (const startTime of [NOON, NOON + 1, NOON + 2]) {
    const { metric, points } = drops(clock.time, [1])
    outbox.put('ena-otel', [{ metric, points: points.map((point) => ({ ...point, startTime })) }])
  }
  put(1)
  expect(outbox.take(100).map(({ begins }) => begins.size)).toEqual([0, 0, 0, 0])
})
