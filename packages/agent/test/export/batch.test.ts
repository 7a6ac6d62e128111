import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { METRICS } from '../../../metrics/src/table.ts'
import {
  type Batch,
  carryDeltas,
  createBatch,
  mergeDeltas,
  mergeTotals,
  neededOf,
  type NewPoint,
  pointsOf,
  withNeeded,
} from '../../src/export/batch.ts'
import type { Stream } from '../../src/export/streams.ts'

const stream = (name: string, nic: string): Stream => ({
  scope: 'ena-otel',
  metric: METRICS.find((row) => row.name === name)!,
  attributes: { 'network.interface.name': nic },
  usedTime: 0,
  lastStart: Number.NaN,
  carriedTime: 0,
  waiting: 0,
})
const DROPS = stream('ena.allowance.exceeded', 'eth0')
const BYTES = stream('system.network.io', 'eth0')
const FREE = stream('ena.conntrack.available', 'eth0')

/** `start@time=value` of a stream; the one before them counted since 0. */
function points(of: Stream, ...texts: readonly string[]): readonly NewPoint[] {
  let lastStart = 0
  return texts.map((text) => {
    const [startTime = 0, time = 0, value = 0] = text.split(/[@=]/).map(Number)
    const begins = startTime !== lastStart
    lastStart = startTime
    return { stream: of, startTime, time, value, begins }
  })
}

function texts(batch: Batch, of: Stream): readonly string[] {
  return [...pointsOf(batch)]
    .filter((point) => point.stream === of)
    .map(({ startTime, time, value }) => `${startTime}@${time}=${value}`)
}

const EMPTY = createBatch([])

test('what is put into a batch comes out of it, in its order', () => {
  const put = [...points(DROPS, '0@1=5', '0@2=6'), ...points(FREE, '3@3=0.5')]
  expect([...pointsOf(createBatch(put))]).toEqual(
    put.map((point) => ({ ...point, attributes: point.stream.attributes })),
  )
  expect(createBatch(put).newest).toBe(3)
})

test.each<[what: string, before: readonly string[], after: readonly string[]]>([
  ['only the last of several', ['0@1=5', '0@2=6', '0@3=9'], ['0@3=9']],
  ['what stands before and after a reset', ['0@1=5', '0@2=6', '2@3=1', '2@4=2', '2@5=3'], ['0@2=6', '2@3=1', '2@5=3']],
  ['a zero with which a count begins anew', ['0@1=5', '1@2=0', '1@3=9'], ['0@1=5', '1@2=0', '1@3=9']],
  ['a zero with which a series begins', ['1@2=0', '1@3=8', '1@4=9'], ['1@2=0', '1@4=9']],
])('of totals %s stays', (_, before, after) => {
  const thin = mergeTotals(createBatch([...points(DROPS, ...before), ...points(BYTES, '0@1=1', '0@2=2')]), EMPTY)
  expect([texts(thin, DROPS), texts(thin, BYTES)]).toEqual([after, ['0@2=2']])
})

test('of deltas the sum stays, of gauges the last value', () => {
  const thin = mergeDeltas(
    createBatch([...points(DROPS, '0@1=5', '1@2=0'), ...points(FREE, '1@1=7')]),
    createBatch([...points(DROPS, '2@3=4'), ...points(FREE, '3@3=6')]),
  )
  expect([texts(thin, DROPS), texts(thin, FREE)]).toEqual([['0@3=9'], ['3@3=6']])
})

test('what is dropped of deltas goes into the next ones, or where a series has none there, beside them', () => {
  const old = createBatch([...points(DROPS, '0@1=5', '1@2=1'), ...points(BYTES, '0@2=7'), ...points(FREE, '2@2=1')])
  const next = carryDeltas(old, createBatch([...points(DROPS, '2@3=4', '3@4=1')]))
  expect([texts(next, DROPS), texts(next, BYTES), texts(next, FREE)]).toEqual([['0@3=10', '3@4=1'], ['0@2=7'], []])
})

/** What `increase()` makes of one series, whose start times the store doesn't know. */
function increase(values: readonly number[]): number {
  let sum = 0
  for (const [i, value] of values.entries()) {
    const before = values[i - 1]
    if (before !== undefined) sum += value < before ? value : value - before
  }
  return sum
}

/** A counter's points: rises and resets, each reset with a later start time; with a zero where it has risen above the old value since. */
const COURSE = fc
  .array(fc.record({ rise: fc.nat(9), isReset: fc.boolean() }), { minLength: 1, maxLength: 30 })
  .map((steps) => {
    const course: string[] = []
    let value = 0
    let start = 0
    for (const [i, { rise, isReset }] of steps.entries()) {
      const time = 10 * (i + 1)
      // The device may be reset between two reads, or the course begin with that.
      if (isReset) start = time - 5
      if (isReset && rise >= value) course.push(`${start}@${time - 4}=0`)
      value = isReset ? rise : value + rise
      course.push(`${start}@${time}=${value}`)
    }
    return course
  })

test('thinning changes no increase, whatever came before and after', () => {
  fc.assert(
    fc.property(COURSE, fc.nat(50), (course, before) => {
      const values = (list: readonly string[]): number[] => list.map((text) => Number(text.split('=')[1]))
      // A batch is thinned, one before it was delivered: it ends where this one begins.
      const [first = 0] = values(course)
      const earlier = course[0]!.startsWith('0@') ? [Math.min(before, first)] : [before]
      const thin = texts(mergeTotals(createBatch(points(DROPS, ...course)), EMPTY), DROPS)
      expect(increase([...earlier, ...values(thin)])).toBe(increase([...earlier, ...values(course)]))
    }),
    { numRuns: 2_000 },
  )
})

test('dropping what is old changes no increase of totals, whatever was reset in it', () => {
  fc.assert(
    fc.property(COURSE, fc.nat(), fc.nat(50), (course, at, before) => {
      const all = points(DROPS, ...course)
      const cut = 1 + (at % all.length)
      if (cut === all.length) return
      const valuesOf = (list: readonly { readonly value: number }[]): number[] => list.map(({ value }) => value)
      const earlier = course[0]!.startsWith('0@') ? [Math.min(before, all[0]!.value)] : [before]
      const kept = withNeeded(createBatch(all.slice(cut)), neededOf(createBatch(all.slice(0, cut))))
      const times = [...pointsOf(kept)].map(({ time }) => time)
      expect(increase([...earlier, ...valuesOf([...pointsOf(kept)])])).toBe(increase([...earlier, ...valuesOf(all)]))
      expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b))
    }),
    { numRuns: 2_000 },
  )
})

test('thinning and dropping change no sum of deltas', () => {
  const delta = fc.array(fc.tuple(fc.constantFrom(DROPS, BYTES), fc.nat(99)), { minLength: 1, maxLength: 20 })
  const total = (batch: Batch): number => [...pointsOf(batch)].reduce((sum, { value }) => sum + value, 0)
  fc.assert(
    fc.property(delta, delta, (first, second) => {
      const batches = [first, second].map((entries, b) =>
        createBatch(
          entries.map(([of, value], i) => ({
            stream: of,
            startTime: 100 * b + i,
            time: 100 * b + i + 1,
            value,
            begins: false,
          })),
        ),
      )
      const [old, next] = batches as [Batch, Batch]
      expect(total(carryDeltas(mergeDeltas(old, EMPTY), next))).toBe(total(old) + total(next))
      expect(total(carryDeltas(old, mergeDeltas(EMPTY, next)))).toBe(total(old) + total(next))
    }),
  )
})
