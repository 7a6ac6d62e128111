import { expect, test } from 'vitest'

import { type Batch, pointsOf, type QueuedPoint } from '../../src/export/batch.ts'
import type { QueueLimits } from '../../src/export/bounds.ts'
import { createOutbox } from '../../src/export/outbox.ts'
import { createStreams } from '../../src/export/streams.ts'
import { type Kind, metric, NOON } from './metric-data.ts'

const MINUTE = 60_000
const MANY = Array.from({ length: 5_000 }, (_, nic) => `veth${nic}`)

function open(limits: Partial<QueueLimits> = {}, kind: Kind = 'counter') {
  const clock = { time: NOON }
  const lost = { thinned: 0, age: 0, size: 0 }
  const streams = createStreams(20_000, 15_000)
  const losses = {
    thinned: (points: number) => void (lost.thinned += points),
    dropped: (batch: Batch, reason: 'age' | 'size') => void (lost[reason] += batch.streams.length),
  }
  const outbox = createOutbox({ queueSize: 8 * 2 ** 20, queueAge: 55 * MINUTE, ...limits }, losses, () => clock.time)
  /** A point of a counter. */
  const point = (value: number, time = clock.time, nic = 'eth0'): QueuedPoint => {
    const stream = streams.find(metric('drops', kind), { nic }, clock.time)!
    const begins = stream.metric.merging === 'keep resets' && stream.lastStart === undefined
    stream.lastStart = NOON
    return { stream, startTime: NOON, time, value, begins }
  }
  /** Queues an export with these values of a counter, one a second up to now. */
  const add = (...values: readonly number[]): void =>
    outbox.add(values.map((value, i) => point(value, clock.time - 1000 * (values.length - 1 - i))))
  /** Queues an export with one value of each of these interfaces. */
  const addAll = (value: number, nics: readonly string[]): void =>
    outbox.add(nics.map((nic) => point(value, clock.time, nic)))
  return { clock, lost, outbox, point, add, addAll, streams }
}

const values = (batches: readonly Batch[]): readonly (readonly number[])[] =>
  batches.map((batch) => [...pointsOf(batch)].map(({ value }) => value))

test('batches are taken oldest first, and stay queued until they are acknowledged', () => {
  const { outbox, add } = open()
  add(1)
  add(2, 3)
  expect(values(outbox.take(100))).toEqual([[1], [2, 3]])
  outbox.nack()
  add(4)
  expect(values(outbox.take(100))).toEqual([[1], [2, 3], [4]])
  add(5)
  outbox.ack()
  expect(values(outbox.take(100))).toEqual([[5]])
  outbox.ack()
  expect([outbox.take(100), outbox.state()]).toEqual([[], { points: 0, sizeBytes: 0, ageMs: 0 }])
})

test('take returns whole batches with about as many points as wanted, at least one batch', () => {
  const { outbox, add } = open()
  add(1, 2, 3)
  add(4, 5)
  add(6)
  expect([1, 4, 5].map((points) => values(outbox.take(points)).length)).toEqual([1, 2, 2])
})

test('take divides by time what exceeds the limit of a request, and gives the rest next', () => {
  const { outbox, point, clock } = open()
  const at = (value: number, seconds: number, nic: string): QueuedPoint =>
    point(value, clock.time + 1000 * seconds, nic)
  // As exported: the points of one interface after those of another.
  outbox.add([at(1, 1, 'eth0'), at(3, 2, 'eth0'), at(5, 3, 'eth0'), at(2, 1, 'eth1'), at(4, 2, 'eth1')])
  outbox.add([at(6, 4, 'eth0')])
  expect(values(outbox.take(100, 2))).toEqual([[1, 2]])
  outbox.nack()
  expect(values(outbox.take(100, 1))).toEqual([[1]])
  outbox.ack()
  expect(values(outbox.take(100, 5))).toEqual([[2], [3, 4, 5], [6]])
})

test('no batch has more points than a request should, neither after a large export nor after merging', () => {
  const { clock, outbox, addAll, lost } = open({ queueSize: 2 ** 18 })
  for (let i = 0; i < 4; i++) {
    addAll(i, MANY)
    clock.time += 15_000
  }
  expect(lost.thinned).toBeGreaterThan(0)
  const { points } = outbox.state()
  const taken: Batch[] = []
  for (let batches = outbox.take(1); batches.length > 0; batches = outbox.take(1)) {
    taken.push(...batches)
    outbox.ack()
  }
  expect(Math.max(...taken.map(({ streams }) => streams.length))).toBe(2_000)
  expect(taken.reduce((sum, { streams }) => sum + streams.length, 0)).toBe(points)
  const last = new Map(taken.flatMap((batch) => [...pointsOf(batch)]).map(({ stream, value }) => [stream, value]))
  expect(new Set(last.values())).toEqual(new Set([3]))
})

test('the state has the number of points, their memory and their age', () => {
  const { outbox, add, clock } = open()
  add(1, 2)
  clock.time += 20_000
  add(3)
  expect(outbox.state()).toEqual({ points: 3, sizeBytes: 2 * 256 + 3 * 32, ageMs: 20_000 })
})

test.each(['counter', 'delta'] as const)(
  'points over the age are dropped and counted, but not the newest (%s)',
  (kind) => {
    const { outbox, add, clock, lost } = open({}, kind)
    add(1, 2)
    clock.time += 56 * MINUTE
    expect(values(outbox.take(100))).toEqual([[1, 2]])
    outbox.nack()
    add(3)
    expect(values(outbox.take(100))).toEqual([[3]])
    expect(lost).toEqual({ thinned: 0, age: 2, size: 0 })
  },
)

test('old points are dropped from every batch, not only from the first', () => {
  const { outbox, clock, point, lost } = open()
  clock.time += 60 * MINUTE // the machine slept
  outbox.add([point(1, clock.time, 'eth1')]) // an early export
  outbox.add([point(5, NOON), point(6)])
  expect(values(outbox.take(100))).toEqual([[1], [6]])
  expect(lost.age).toBe(1)
})

test('batches in flight are neither dropped nor merged', () => {
  const { outbox, add, clock, lost } = open({ queueSize: 400 })
  add(1, 2, 3)
  expect(values(outbox.take(100))).toEqual([[1, 2, 3]])
  clock.time += 56 * MINUTE
  add(4)
  add(5)
  expect(lost).toEqual({ thinned: 0, age: 0, size: 1 })
  outbox.ack()
  expect(values(outbox.take(100))).toEqual([[5]])
})

test('over the size, the neighbours closest together for their age are merged, and nothing is dropped', () => {
  const { outbox, add, lost, clock } = open({ queueSize: 4 * (256 + 32) })
  add(0) // the first point of a series is kept
  outbox.take(100)
  outbox.ack()
  for (let i = 1; i <= 20; i++) {
    clock.time += 15_000
    add(i)
  }
  expect(values(outbox.take(100))).toEqual([[13], [16], [19], [20]])
  expect(lost).toEqual({ thinned: 16, age: 0, size: 0 })
})

test.each(['counter', 'delta'] as const)(
  'interfaces that come and go in an outage do not exceed the size (%s)',
  (kind) => {
    const queueSize = 2 ** 16
    const { outbox, clock, lost, addAll, streams } = open({ queueSize }, kind)
    for (let i = 0; i < 1_000; i++) {
      clock.time += 15_000
      streams.tidy(clock.time)
      const nics = Array.from({ length: 10 }, (_, nic) => `veth${i}-${nic}`)
      addAll(1, nics)
    }
    const { points, sizeBytes } = outbox.state()
    expect(sizeBytes).toBeLessThanOrEqual(queueSize)
    expect(points + lost.thinned + lost.age + lost.size).toBe(10_000)
  },
)

test('the newest batch is kept even where it is larger than the queue may be', () => {
  const { outbox, add } = open({ queueSize: 10 })
  add(1)
  add(2)
  expect(values(outbox.take(100))).toEqual([[2]])
})

test('a clock that was set back leaves a series in the order in which it was read', () => {
  const { outbox, clock, point } = open()
  outbox.add([point(100), point(101, clock.time - 5 * MINUTE)])
  clock.time += 52 * MINUTE
  outbox.add([point(0, clock.time, 'eth1')])
  expect(values(outbox.take(1e9))).toEqual([[100, 101], [0]])
})
