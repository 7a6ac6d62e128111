// A property test of the queue, with random sequences of exports, requests, late answers, resets, renames, new interfaces and clock jumps.
// What a store accepts and what was dropped add up to what was queued, in its order. Every point is accounted for.
//
// Not covered: more series than the limit.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import type { MetricPoints } from '../../../metrics/src/points/points.ts'
import { ACTIONS, type Action, BEGIN, createNode, SLOTS } from '../../../metrics/test/model/node.ts'
import { checkSequences, SEQUENCES } from '../../../../test/sequences/check.ts'
import { type Batch, createBatch, POINT_BYTES, pointsOf, type QueuedPoint, sizeOf } from '../../src/export/batch.ts'
import type { Losses } from '../../src/export/bounds.ts'
import { createHeartbeat } from '../../src/export/heartbeat.ts'
import { createOutbox } from '../../src/export/outbox.ts'
import { pointsToQueue } from '../../src/export/resource-metrics.ts'
import { createStreamMetrics } from '../../src/export/stream-metric.ts'
import { createStreams } from '../../src/export/streams.ts'
import { type Kind, metricData, type Point, resourceMetrics } from './metric-data.ts'

// ---- what can happen

type Temporality = 'cumulative' | 'delta'

type Step =
  | { readonly kind: 'export'; readonly isEarly: boolean; readonly ms: number; readonly samples: readonly number[][] }
  | { readonly kind: 'send'; readonly points: number; readonly limit: number }
  // To the queue a refusal is the same as a success.
  | { readonly kind: 'answer'; readonly isFinal: boolean }
  | { readonly kind: 'act'; readonly action: Action; readonly slot: number }
  | { readonly kind: 'jump'; readonly ms: number }

const samples = fc.array(fc.array(fc.nat(4), { minLength: SLOTS, maxLength: SLOTS }), { minLength: 1, maxLength: 4 })

/** A step of this kind, so often. */
function one(weight: number, kind: Step['kind'], of: object): fc.WeightedArbitrary<Step> {
  return { weight, arbitrary: fc.record({ kind: fc.constant(kind), ...of }) as fc.Arbitrary<Step> }
}

const step = fc.oneof(
  one(9, 'export', {
    isEarly: fc.constant(false),
    ms: fc.constantFrom(1000, 15_000, 60_000, 100_000, 250_000),
    samples,
  }),
  one(3, 'export', { isEarly: fc.constant(true), ms: fc.constantFrom(1000, 5000), samples }),
  // A limit is what a receiver has shown by refusing more points for their size.
  one(2, 'send', { points: fc.constantFrom(1, 20, 100), limit: fc.constantFrom(1, 7, 30, Infinity) }),
  one(2, 'answer', { isFinal: fc.nat(2).map((n) => n === 0) }),
  one(4, 'act', { action: fc.constantFrom(...ACTIONS), slot: fc.nat(SLOTS - 1) }),
  // Not a multiple of anything above: no two samples of a counter have the same time.
  one(1, 'jump', { ms: fc.constantFrom(299_000, 400_000, 4_500_000, 86_400_000, -3001, -700_003) }),
)

// ---- the queue between a node and a store

const QUEUE_AGE = 600_000
/** Bytes: from less than one export to more than there ever is. */
const QUEUE_SIZE = fc.constantFrom(1000, 2500, 5000, 10_000, 1_000_000)

/** What happened to the points of one series. */
interface History {
  readonly name: string
  readonly isGauge: boolean
  /** All points, with those that the heartbeat held back. */
  readonly collected: Point[]
  readonly queued: Point[]
  readonly stored: Point[]
  readonly dropped: Point[]
}

interface Run {
  readonly histories: readonly History[]
  readonly wentBack: boolean
}

function play(temporality: Temporality, queueSize: number, steps: readonly Step[]): Run {
  const node = createNode(temporality)
  const streams = createStreams(2000, 15_000)
  streams.tidy(BEGIN)
  const metricOf = createStreamMetrics()
  const heartbeat = createHeartbeat({ heartbeatInterval: 60_000, exportInterval: 15_000, detail: 'changes' })
  const histories = new Map<string, History>()
  const points = { queued: 0, stored: 0, lost: 0 }
  let sweeps: Point = { attributes: {}, startTime: BEGIN, time: BEGIN, value: 0 }
  let inFlight: readonly Batch[] = []
  /** Bytes of the newest batch. */
  let lastSize = 0
  let wentBack = false
  /** Time of the newest point in the store. */
  let newestStored = -Infinity

  const historyOf = (metric: string, attributes: Point['attributes'], isGauge: boolean): History => {
    const name = `${metric} ${JSON.stringify(attributes)}`
    const known = histories.get(name)
    if (known) return known
    const history = { name, isGauge, collected: [], queued: [], stored: [], dropped: [] }
    histories.set(name, history)
    return history
  }

  const move = (batch: Batch, to: 'stored' | 'dropped'): void => {
    for (const { stream, startTime, time, value } of pointsOf(batch)) {
      const { metric, attributes } = stream
      const history = historyOf(metric.data.descriptor.name, attributes, metric.merging === 'keep last')
      history[to].push({ attributes, startTime, time, value })
    }
  }

  const losses: Losses = {
    thinned: (thinned) => void (points.lost += thinned),
    dropped: (batch, reason) => {
      points.lost += batch.streams.length
      if (reason === 'age') expect(batch.newest, 'dropped for its age').toBeLessThan(node.now() - QUEUE_AGE)
      else expect(outbox.state().sizeBytes, 'dropped for the size').toBeGreaterThan(queueSize)
      move(batch, 'dropped')
    },
  }
  const outbox = createOutbox({ queueSize, queueAge: QUEUE_AGE }, losses, () => node.now())

  const expectAllAccounted = (): void =>
    expect(points.stored + outbox.state().points + points.lost, 'points accounted for').toBe(points.queued)

  /** Only the newest batch and what is in flight may exceed the size. */
  const expectBounded = (): void => {
    const sent = inFlight.reduce((sum, batch) => sum + sizeOf(batch), 0)
    const divided = sizeOf(createBatch([])) // a batch of which a part is in flight
    const maxBytes = Math.max(queueSize, sent + lastSize) + divided
    expect(outbox.state().sizeBytes, 'bytes queued').toBeLessThanOrEqual(maxBytes)
  }

  const queue = (
    metrics: readonly { readonly name: string; readonly kind: Kind; readonly points: readonly Point[] }[],
  ): void => {
    const data = metrics.map(({ name, kind, points: all }) => metricData(name, all, kind))
    const all = pointsToQueue(resourceMetrics(...data), metricOf, streams, node.now())
    const added = heartbeat(all, node.now())
    const record = (to: 'collected' | 'queued', { stream, startTime, time, value }: QueuedPoint): void => {
      const { metric, attributes } = stream
      const { name } = metric.data.descriptor
      expect(startTime, `${name} starts after its time`).toBeLessThanOrEqual(time)
      historyOf(name, attributes, metric.merging === 'keep last')[to].push({ attributes, startTime, time, value })
    }
    for (const point of all) record('collected', point)
    for (const point of added) record('queued', point)
    points.queued += added.length
    if (added.length > 0) lastSize = sizeOf(createBatch([])) + added.length * POINT_BYTES
    outbox.add(added)
    expectAllAccounted()
    expectBounded()
  }

  const sum = temporality === 'delta' ? 'delta' : 'counter'
  const collected = (isEarly: boolean): Parameters<typeof queue>[0] =>
    node.collect(isEarly ? 'risen' : 'all').map(({ metric, points: all }: MetricPoints) => ({
      name: metric.name,
      kind: metric.kind === 'counter' ? sum : 'gauge',
      points: all,
    }))

  const exportNow = (isEarly: boolean): void => {
    const time = node.now()
    streams.tidy(time)
    queue(collected(isEarly))
    if (isEarly) return
    sweeps =
      temporality === 'delta'
        ? { ...sweeps, startTime: sweeps.time, time, value: 1 }
        : { ...sweeps, time, value: sweeps.value + 1 }
    queue([{ name: 'ena_otel.sweeps', kind: sum, points: [sweeps] }])
  }

  const take = (wanted: number, limit?: number): void => {
    if (inFlight.length > 0) return
    inFlight = outbox.take(wanted, limit)
    const taken = inFlight.reduce((sum, { streams: { length } }) => sum + length, 0)
    expect(taken, 'points in flight').toBeLessThanOrEqual(limit ?? Infinity)
    const minTime = node.now() - QUEUE_AGE
    if (!wentBack)
      for (const { oldest, newest } of inFlight) expect(oldest >= minTime || newest < minTime, 'too old').toBe(true)
    expectAllAccounted()
    expectBounded()
  }

  const answer = (isFinal: boolean): void => {
    if (inFlight.length === 0) return
    if (isFinal) {
      // Prometheus writes `target_info` from a request's earliest to its latest time, and refuses the request where it has a later one.
      const earliest = Math.min(...inFlight.map(({ oldest }) => oldest))
      if (!wentBack)
        expect(earliest, 'reaches further back than an earlier request').toBeGreaterThanOrEqual(newestStored)
      newestStored = Math.max(newestStored, ...inFlight.map((batch) => batch.newest))
      for (const batch of inFlight) {
        move(batch, 'stored')
        points.stored += batch.streams.length
      }
      outbox.ack()
    } else outbox.nack()
    inFlight = []
    expectAllAccounted()
  }

  for (const now of steps) {
    if (now.kind === 'send') take(now.points, now.limit)
    else if (now.kind === 'answer') answer(now.isFinal)
    else if (now.kind === 'act') node.act(now.action, now.slot)
    else if (now.kind === 'jump') {
      node.jump(now.ms)
      if (now.ms < 0) wentBack = true
    } else {
      for (const [i, rises] of now.samples.entries()) node.sample(i === 0 ? now.ms : 200, rises)
      exportNow(now.isEarly)
    }
  }
  do {
    answer(true)
    take(50)
  } while (inFlight.length > 0)
  return { histories: [...histories.values()], wentBack }
}

// ---- what must hold

function always(temporality: Temporality, holds: (history: History, wentBack: boolean) => void): void {
  checkSequences(
    fc.property(QUEUE_SIZE, fc.array(step, { maxLength: 60, size: 'max' }), (queueSize, steps) => {
      const { histories, wentBack } = play(temporality, queueSize, steps)
      for (const history of histories) holds(history, wentBack)
    }),
  )
}

test(
  'the increase of totals in a store is that of what was queued, less what was dropped, in the order of their times',
  SEQUENCES,
  () => {
    always('cumulative', (history, wentBack) => {
      expectSame(history, increase)
      if (!wentBack) expectOrder(history, isLater)
    })
  },
)

test('the deltas in a store add up to what was queued, less what was dropped, and no two overlap', SEQUENCES, () => {
  always('delta', (history, wentBack) => {
    expectSame(history, total)
    if (!wentBack) expectOrder(history, history.isGauge ? isLater : goesOn)
    else if (!history.isGauge) expectNoOverlap(history)
  })
})

/** Merging loses nothing of a sum, dropping loses what was dropped. A store never counts more than what was queued. */
function expectSame(history: History, sum: (points: readonly Point[]) => number): void {
  const { name, isGauge, collected, queued, stored } = history
  if (isGauge) return expect(queued.map(text)).toEqual(expect.arrayContaining(stored.map(text)))
  if (!name.startsWith('ena_otel.'))
    expect(sum(queued), `of all that was collected: ${story(history)}`).toBe(sum(collected))
  expect(sum(stored), story(history)).toBeLessThanOrEqual(sum(queued))
  expect(sum(storedOrDropped(history)), story(history)).toBe(sum(queued))
}

/** Also when the clock was set back. */
function expectNoOverlap(history: History): void {
  const { queued } = history
  const overlapping = queued.filter((point, i) => i > 0 && !goesOn(point, queued[i - 1]!))
  expect(overlapping.map(text), story(history)).toEqual([])
}

/** In the order in which they were queued. */
function storedOrDropped({ queued, stored, dropped }: History): readonly Point[] {
  const order = new Map(queued.map((point, i) => [text(point), i]))
  const orderOf = (point: Point): number => order.get(text(point)) ?? 0
  return [...stored, ...dropped].sort((a, b) => orderOf(a) - orderOf(b))
}

function expectOrder(history: History, follows: (point: Point, before: Point) => boolean): void {
  const wrong = history.stored.filter((point, i) => i > 0 && !follows(point, history.stored[i - 1]!))
  expect(wrong, story(history)).toEqual([])
}

/** Or the same point again, where an interface got its old name back. */
function isLater({ time, value }: Point, before: Point): boolean {
  return time > before.time || (time === before.time && value === before.value)
}

function goesOn({ startTime, time }: Point, before: Point): boolean {
  return before.time <= startTime && startTime <= time
}

/** `increase()` over all time in a store that ignores start times: nothing for the first value, all of it after a decrease. */
function increase(points: readonly Point[]): number {
  let sum = 0
  for (const [i, { value }] of points.entries()) {
    const before = points[i - 1]?.value ?? value
    sum += value < before ? value : value - before
  }
  return sum
}

function total(points: readonly Point[]): number {
  return points.reduce((sum, { value }) => sum + value, 0)
}

function story({ name, queued, stored, dropped }: History): string {
  const [a, b, c] = [stored, dropped, queued].map((points) => points.map(text).join(' '))
  return `${name}: stored ${a}, dropped ${b} of ${c}`
}

function text({ startTime, time, value }: Point): string {
  return `${startTime - BEGIN}@${time - BEGIN}=${value}`
}
