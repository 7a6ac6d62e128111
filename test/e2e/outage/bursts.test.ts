import { expect, test } from 'vitest'

import { storedBursts } from './bursts.ts'

const BURST = { count: 7, fromMs: 10_000, toMs: 10_200 }
const TOLERANCE_MS = 2_000
const stored = (...samples: readonly (readonly [timeMs: number, value: number])[]): object =>
  storedBursts(
    samples.map(([timeMs, value]) => ({ timeMs, value })),
    [BURST],
    TOLERANCE_MS,
  )

test('accepts a burst that is read within the tolerance after its end', () => {
  expect(stored([9_900, 0], [10_900, 7])).toEqual({ inTime: 1, wrong: [], latestMs: 700 })
  expect(stored([9_900, 0], [12_201, 7])).toMatchObject({ inTime: 0, wrong: [expect.stringMatching(/2001 ms later/)] })
})

// A quiet counter has no other sample until the next whole export, 15 s later.
test('accepts a burst that is read whole before its end was noted', () => {
  expect(stored([9_900, 0], [10_190, 7], [20_000, 7])).toEqual({ inTime: 1, wrong: [], latestMs: 0 })
  expect(stored([9_900, 0], [10_190, 7])).toEqual({ inTime: 1, wrong: [], latestMs: 0 })
})

test('reports a burst that is incomplete, was read before or comes late', () => {
  expect(stored([9_900, 0], [10_900, 6])).toMatchObject({ inTime: 0, wrong: [expect.stringMatching(/6 of 7/)] })
  expect(stored([9_900, 7], [10_900, 7])).toMatchObject({ inTime: 0, wrong: [expect.stringMatching(/0 of 7/)] })
  expect(stored([9_900, 0], [10_190, 6], [20_000, 7])).toMatchObject({
    inTime: 0,
    wrong: [/9800 ms later/].map((pattern) => expect.stringMatching(pattern)),
  })
  expect(stored([9_900, 0])).toMatchObject({ inTime: 0, wrong: [expect.stringMatching(/no sample on both sides/)] })
})
