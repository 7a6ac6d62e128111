import { expect, test } from 'vitest'

import { createPace, type Pace } from '../../src/sampling/adaptive-interval.ts'

/** The interval after so many sweeps that took so long. */
function after(pace: Pace, sweeps: number, sweepMs: number): number {
  let interval = Number.NaN
  for (let i = 0; i < sweeps; i++) interval = pace.took(sweepMs)
  return interval
}

test.each<[sampleMs: number, sweepMs: number, intervalMs: number]>([
  [1000, 10, 1000],
  [1000, 10.1, 2000],
  [1000, 35, 4000],
  [1000, 3000, 60_000],
  [100, 1, 100],
  [100, 2, 200], // 64 NICs with cold caches
  [60_000, 700, 60_000],
])('samples that are %d ms apart and take %d ms each are taken %d ms apart', (sampleMs, sweepMs, intervalMs) => {
  expect(after(createPace(sampleMs, sampleMs), 5, sweepMs)).toBe(intervalMs)
})

test('one or two slow reads change nothing', () => {
  const pace = createPace(1000, 1000)
  const taken = [0.3, 0.3, 5000, 5000, 0.3, 0.3, 0.3, 5000, 0.3, 0.3].map((ms) => pace.took(ms))
  expect(new Set(taken)).toEqual(new Set([1000]))
})

test('it comes back when reading is fast again', () => {
  const pace = createPace(1000, 1000)
  expect([after(pace, 5, 40), pace.isStretched()]).toEqual([4000, true])
  expect([after(pace, 3, 0.3), pace.isStretched()]).toEqual([1000, false])
})

test('it does not go to and fro over sweeps that are just fast enough', () => {
  const pace = createPace(1000, 1000)
  after(pace, 5, 10.1)
  expect(after(pace, 5, 9.9)).toBe(2000)
  expect(after(pace, 5, 7.9)).toBe(1000)
})

test('it counts the reads of exports that are closer together than the samples', () => {
  const pace = createPace(60_000, 15_000)
  expect([after(pace, 5, 200), pace.isStretched()]).toEqual([60_000, true])
  expect([after(pace, 5, 100), pace.isStretched()]).toEqual([60_000, false])
})
