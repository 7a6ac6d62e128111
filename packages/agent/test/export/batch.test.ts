import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  type Batch,
  createBatch,
  createBatches,
  mergeBatches,
  pointsOf,
  type QueuedPoint,
} from '../../src/export/batch.ts'
import type { Stream } from '../../src/export/streams.ts'
import { stream } from './metric-data.ts'

const TOTAL = stream('drops', 'counter')
const OTHER = stream('bytes', 'counter')
const DELTA = stream('deltas', 'delta')
const LEVEL = stream('connections', 'updowncounter')
const GAUGE = stream('available', 'gauge')
const EMPTY = createBatch([])

/** `start@time=value` of a stream; the point before them counted since 0. */
function points(of: Stream, ...texts: readonly string[]): readonly QueuedPoint[] {
  let lastStart = 0
  return texts.map((text) => {
    const [startTime = 0, time = 0, value = 0] = text.split(/[@=]/).map(Number)
    const begins = of.metric.merging === 'keep resets' && startTime !== lastStart
    lastStart = startTime
    return { stream: of, startTime, time, value, begins }
  })
}

function texts(batch: Batch, of: Stream): readonly string[] {
  return [...pointsOf(batch)]
    .filter((point) => point.stream === of)
    .map(({ startTime, time, value }) => `${startTime}@${time}=${value}`)
}

test('a batch holds its points in their order', () => {
  const all = [...points(TOTAL, '0@1=5', '2@3=6'), ...points(GAUGE, '3@3=0.5')]
  const batch = createBatch(all)
  expect([...pointsOf(batch)]).toEqual(all)
  expect([batch.oldest, batch.newest]).toEqual([1, 3])
})

test('an export of many points becomes batches that follow one another in time', () => {
  const series = [TOTAL, OTHER].map((of) => Array.from({ length: 1500 }, (_, i) => points(of, `0@${i}=${i}`)).flat())
  const batches = createBatches(series.flat())
  expect(batches.map(({ streams, oldest, newest }) => [streams.length, oldest, newest])).toEqual([
    [2000, 0, 999],
    [1000, 1000, 1499],
  ])
})

test('batches keep the order of a series in which the clock was set back', () => {
  const batches = createBatches([...points(TOTAL, '0@5=1', '0@2=2', '0@3=3'), ...points(OTHER, '0@4=1')], undefined, 2)
  expect(batches.map((batch) => [texts(batch, TOTAL), texts(batch, OTHER)])).toEqual([
    [['0@5=1'], ['0@4=1']],
    [['0@2=2', '0@3=3'], []],
  ])
})

test.each<[what: string, before: readonly string[], after: readonly string[]]>([
  ['only the last of several points', ['0@1=5', '0@2=6', '0@3=9'], ['0@3=9']],
  ['the points around a reset', ['0@1=5', '0@2=6', '2@3=1', '2@4=2', '2@5=3'], ['0@2=6', '2@3=1', '2@5=3']],
  ['the zero after a reset', ['0@1=5', '1@2=0', '1@3=9'], ['0@1=5', '1@2=0', '1@3=9']],
  ['the zero at the beginning of a series', ['1@2=0', '1@3=8', '1@4=9'], ['1@2=0', '1@4=9']],
])('merging totals keeps %s', (_, before, after) => {
  const merged = mergeBatches(createBatch([...points(TOTAL, ...before), ...points(OTHER, '0@1=1', '0@2=2')]), EMPTY)
  expect([texts(merged, TOTAL), texts(merged, OTHER)]).toEqual([after, ['0@2=2']])
})

test('merging keeps a reset between two batches, also when the first point after it was dropped', () => {
  const next = createBatch(points(TOTAL, '2@3=1', '2@4=7').slice(1))
  expect(texts(mergeBatches(createBatch(points(TOTAL, '0@1=5')), next), TOTAL)).toEqual(['0@1=5', '2@4=7'])
})

test('merging adds deltas, and keeps the last value of gauges and of sums that go down', () => {
  const merged = mergeBatches(
    createBatch([...points(DELTA, '0@1=5', '1@2=0'), ...points(LEVEL, '0@1=7'), ...points(GAUGE, '1@1=7')]),
    createBatch([...points(DELTA, '2@3=4'), ...points(LEVEL, '2@3=6'), ...points(GAUGE, '3@3=6')]),
  )
  expect([DELTA, LEVEL, GAUGE].map((of) => texts(merged, of))).toEqual([['0@3=9'], ['2@3=6'], ['3@3=6']])
})

/** `increase()` of one series in a store that ignores start times. */
function increase(values: readonly number[]): number {
  let sum = 0
  for (const [i, value] of values.entries()) {
    const before = values[i - 1]
    if (before !== undefined) sum += value < before ? value : value - before
  }
  return sum
}

/** A counter's points: increases and resets, with a zero where it has risen above the old value since the reset. */
const HISTORY = fc
  .array(fc.record({ rise: fc.nat(9), isReset: fc.boolean() }), { minLength: 1, maxLength: 30 })
  .map((steps) => {
    const history: string[] = []
    let value = 0
    let start = 0
    for (const [i, { rise, isReset }] of steps.entries()) {
      const time = 10 * (i + 1)
      if (isReset) start = time - 5
      if (isReset && rise >= value) history.push(`${start}@${time - 4}=0`)
      value = isReset ? rise : value + rise
      history.push(`${start}@${time}=${value}`)
    }
    return history
  })

test('merging changes no increase, for any values before', () => {
  fc.assert(
    fc.property(HISTORY, fc.nat(50), fc.nat(), (history, before, cut) => {
      const values = (list: readonly string[]): number[] => list.map((text) => Number(text.split('=')[1]))
      // The batch before these was delivered.
      const [first = 0] = values(history)
      const earlier = history[0]!.startsWith('0@') ? [Math.min(before, first)] : [before]
      const all = points(TOTAL, ...history)
      const at = cut % (all.length + 1)
      const merged = texts(mergeBatches(createBatch(all.slice(0, at)), createBatch(all.slice(at))), TOTAL)
      expect(increase([...earlier, ...values(merged)])).toBe(increase([...earlier, ...values(history)]))
    }),
    { numRuns: 2_000 },
  )
})

test('merging changes no sum of deltas', () => {
  const other = stream('other', 'delta')
  const delta = fc.array(fc.tuple(fc.constantFrom(DELTA, other), fc.nat(99)), { maxLength: 20 })
  const total = (batch: Batch): number => [...pointsOf(batch)].reduce((sum, { value }) => sum + value, 0)
  fc.assert(
    fc.property(delta, delta, (first, second) => {
      const [old, next] = [first, second].map((entries, b) =>
        createBatch(entries.flatMap(([of, value], i) => points(of, `${100 * b + i}@${100 * b + i + 1}=${value}`))),
      ) as [Batch, Batch]
      expect(total(mergeBatches(old, next))).toBe(total(old) + total(next))
    }),
  )
})
