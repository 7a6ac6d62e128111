// Whatever is put, sent, refused, answered late, too old, too much, reset, silent, renamed, ended or begun anew, and however the clock
// jumps: what a store is given adds up to what was put, in its order, and every point is accounted for.
//
// Not in it: more series than --most-series, and exports of which several batches are made (outbox.test.ts).
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { createCounts } from '../../../metrics/src/sampling/counts.ts'
import type { Attributes, MetricPoints, Point } from '../../../metrics/src/points/points.ts'
import type { Metric } from '../../../metrics/src/table.ts'
import { type Batch, createBatch, POINT_BYTES, pointsOf, sizeOf } from '../../src/export/batch.ts'
import { createOutbox } from '../../src/export/outbox.ts'
import { createStreams, type Scope, type Stream } from '../../src/export/streams.ts'
import { OWN_METRICS } from '../../src/export/own-metrics.ts'
import { ACTIONS, type Action, BEGIN, createNode, SLOTS } from '../../../metrics/test/model/node.ts'
import { runs } from '../../../metrics/test/model/runs.ts'

// ---- what can happen

type Temporality = 'cumulative' | 'delta'

type Step =
  | { readonly kind: 'export'; readonly isEarly: boolean; readonly ms: number; readonly samples: readonly number[][] }
  | { readonly kind: 'send'; readonly most: number }
  // To the outbox a refusal for good is the same as a success.
  | { readonly kind: 'answer'; readonly isFinal: boolean }
  | { readonly kind: 'act'; readonly action: Action; readonly slot: number }
  | { readonly kind: 'jump'; readonly ms: number }

const oneOf = (many: number): fc.Arbitrary<boolean> => fc.nat(many - 1).map((n) => n === 0)
const samples = fc.array(fc.array(fc.nat(4), { minLength: SLOTS, maxLength: SLOTS }), { minLength: 1, maxLength: 4 })
const whole: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('export'),
  isEarly: fc.constant(false),
  ms: fc.constantFrom(1000, 15_000, 60_000, 100_000, 250_000),
  samples,
})
const early: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('export'),
  isEarly: fc.constant(true),
  ms: fc.constantFrom(1000, 5000),
  samples,
})
const send: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('send'), most: fc.constantFrom(1, 20, 100) })
const answer: fc.Arbitrary<Step> = fc.record({ kind: fc.constant('answer'), isFinal: oneOf(3) })
const act: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('act'),
  action: fc.constantFrom(...ACTIONS),
  slot: fc.nat(SLOTS - 1),
})
const jump: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('jump'),
  // Back by no multiple of anything above: no two samples of a counter are at the same millisecond.
  ms: fc.constantFrom(299_000, 400_000, 4_500_000, 86_400_000, -3001, -700_003),
})
const step = fc.oneof(
  { weight: 9, arbitrary: whole },
  { weight: 3, arbitrary: early },
  { weight: 2, arbitrary: send },
  { weight: 2, arbitrary: answer },
  { weight: 4, arbitrary: act },
  { weight: 1, arbitrary: jump },
)

// ---- the outbox between a node and a store

const QUEUE_AGE = 600_000
/** Bytes: from less than one export takes to more than there ever is. */
const QUEUE_SIZE = fc.constantFrom(1000, 2500, 5000, 10_000, 1_000_000)
const SWEEPS = OWN_METRICS.find(({ name }) => name === 'ena_otel.sweeps')!

/** One series: what was put of it, and what a store was given. */
interface Course {
  readonly name: string
  readonly metric: Metric
  readonly put: Point[]
  readonly given: Point[]
  /** How often it began, or began anew. */
  begins: number
  stream: Stream | undefined
  /** It had gone when room was wanted: only then may what waits of it be given up. */
  mayBeGivenUp: boolean
}

interface Run {
  readonly courses: readonly Course[]
  readonly wentBack: boolean
}

function play(temporality: Temporality, queueSize: number, steps: readonly Step[]): Run {
  const node = createNode(temporality)
  const counts = createCounts()
  const streams = createStreams(2000, 15_000)
  streams.tidy(BEGIN)
  const has = (stream: Stream): boolean => {
    const isThere = streams.has(stream)
    if (!isThere) courseOf(stream.metric, stream.attributes).mayBeGivenUp = true
    return isThere
  }
  const outbox = createOutbox({ queueSize, queueAge: QUEUE_AGE, temporality }, { ...streams, has }, counts, node)
  const courses = new Map<string, Course>()
  const points = { put: 0, given: 0 }
  let sweeps: Point = { attributes: {}, startTime: BEGIN, time: BEGIN, value: 0 }
  let underWay: readonly Batch[] = []
  /** Bytes of what was put last. */
  let lastPut = 0
  let wentBack = false

  const courseOf = (metric: Metric, attributes: Attributes): Course => {
    const name = `${metric.name} ${JSON.stringify(attributes)}`
    const known = courses.get(name)
    if (known) return known
    const course = { name, metric, put: [], given: [], begins: 0, stream: undefined, mayBeGivenUp: false }
    courses.set(name, course)
    return course
  }

  const expectAllAccounted = (): void => {
    const { age, size } = counts.droppedPoints
    const lost = counts.thinnedPoints + age + size
    expect(points.given + outbox.waiting().points + lost, 'points accounted for').toBe(points.put)
  }

  /**
   * More than it may only of what was put last, what is under way, and what is needed of series that go on; or of what was there
   * already, where it has become too old: that gives nothing up.
   */
  const expectBounded = (before: number): void => {
    const sent = underWay.reduce((sum, batch) => sum + sizeOf(batch), 0)
    let needed = 0
    for (const { stream, begins } of courses.values())
      if (stream && streams.has(stream)) needed += (2 * begins + 1) * POINT_BYTES
    expect(outbox.waiting().size, 'bytes held').toBeLessThanOrEqual(
      lastPut + Math.max(queueSize, before, sent + needed),
    )
  }

  const put = (scope: Scope, metrics: readonly MetricPoints[]): void => {
    const before = outbox.waiting().size
    outbox.put(scope, metrics)
    let added = 0
    for (const { metric, points: measured } of metrics) {
      for (const point of measured) {
        const course = courseOf(metric, point.attributes)
        if (course.put.at(-1)?.startTime !== point.startTime) course.begins++
        course.put.push(point)
        course.stream = streams.find(scope, metric, point.attributes, node.now())
        added++
      }
    }
    points.put += added
    if (added > 0) lastPut = sizeOf(createBatch([])) + added * POINT_BYTES
    expectAllAccounted()
    expectBounded(before)
  }

  const exportNow = (isEarly: boolean): void => {
    const metrics = node.collect(isEarly ? 'changed' : 'all')
    if (isEarly) return put('ena-otel', metrics)
    const time = node.now()
    if (metrics.length > 0) streams.tidy(time)
    put('ena-otel', metrics)
    sweeps =
      temporality === 'delta'
        ? { ...sweeps, startTime: sweeps.time, time, value: 1 }
        : { ...sweeps, time, value: sweeps.value + 1 }
    put('ena-otel/agent', [{ metric: SWEEPS, points: [sweeps] }])
  }

  const take = (most: number): void => {
    if (underWay.length > 0) return
    underWay = outbox.take(most)
    // What is carried is some milliseconds older than the point that it stands before.
    const least = node.now() - QUEUE_AGE - 100
    if (temporality === 'cumulative' && !wentBack)
      for (const { oldest, newest } of underWay) expect(oldest >= least || newest < least, 'too old').toBe(true)
    expectAllAccounted()
    expectBounded(0)
  }

  const hear = (isFinal: boolean): void => {
    if (underWay.length === 0) return
    if (isFinal) {
      for (const { stream, ...point } of underWay.flatMap((batch) => [...pointsOf(batch)])) {
        courseOf(stream.metric, stream.attributes).given.push(point)
        points.given++
      }
      outbox.done()
    } else outbox.back()
    underWay = []
    expectAllAccounted()
  }

  for (const now of steps) {
    if (now.kind === 'send') take(now.most)
    else if (now.kind === 'answer') hear(now.isFinal)
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
    hear(true)
    take(50)
  } while (underWay.length > 0)
  return { courses: [...courses.values()], wentBack }
}

// ---- what must hold

function whatever(temporality: Temporality, holds: (course: Course, wentBack: boolean) => void): void {
  fc.assert(
    fc.property(QUEUE_SIZE, fc.array(step, { maxLength: 60, size: 'max' }), (queueSize, steps) => {
      const { courses, wentBack } = play(temporality, queueSize, steps)
      for (const course of courses) holds(course, wentBack)
    }),
    runs,
  )
}

test('the increase of totals in a store is that of what was put, in the order of their times', () => {
  whatever('cumulative', (course, wentBack) => {
    expectSame(course, increase)
    if (!wentBack) expectOrder(course, isLater)
  })
})

test('the deltas in a store add up to what was put, and no two overlap', () => {
  whatever('delta', (course, wentBack) => {
    expectSame(course, total)
    if (!wentBack) expectOrder(course, course.metric.kind === 'gauge' ? isLater : goesOn)
  })
})

/** Of series that come and go without end the first that are gone may be given up: what a store has of them is less then, never more. */
function expectSame(course: Course, sum: (points: readonly Point[]) => number): void {
  const { metric, put, given, mayBeGivenUp } = course
  if (metric.kind === 'gauge') expect(put.map(text)).toEqual(expect.arrayContaining(given.map(text)))
  else if (mayBeGivenUp) expect(sum(given), story(course)).toBeLessThanOrEqual(sum(put))
  else expect(sum(given), story(course)).toBe(sum(put))
}

function expectOrder(course: Course, follows: (point: Point, before: Point) => boolean): void {
  const wrong = course.given.filter((point, i) => i > 0 && !follows(point, course.given[i - 1]!))
  expect(wrong, story(course)).toEqual([])
}

/** Or the same again, under a name that came back. */
function isLater({ time, value }: Point, before: Point): boolean {
  return time > before.time || (time === before.time && value === before.value)
}

function goesOn({ startTime, time }: Point, before: Point): boolean {
  return before.time <= startTime && startTime <= time
}

/** `increase()` over all time, of a store that knows no start times: of the first value nothing, after a fall all of it. */
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

function story({ name, put, given }: Course): string {
  return `${name}: given ${given.map(text).join(' ')} of ${put.map(text).join(' ')}`
}

function text({ startTime, time, value }: Point): string {
  return `${startTime - BEGIN}@${time - BEGIN}=${value}`
}
