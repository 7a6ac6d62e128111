import { expect, test } from 'vitest'

import { createAdaptiveInterval, type AdaptiveInterval } from '../../src/sampling/adaptive-interval.ts'

/** The interval after so many sweeps that took so long. */
function after(interval: AdaptiveInterval, sweeps: number, sweepMs: number): number {
  let intervalMs = 0
  for (let i = 0; i < sweeps; i++) intervalMs = interval.update(sweepMs)
  return intervalMs
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
  expect(after(createAdaptiveInterval(sampleMs), 5, sweepMs)).toBe(intervalMs)
})

test('one or two slow reads change nothing', () => {
  const interval = createAdaptiveInterval(1000)
  const taken = [0.3, 0.3, 5000, 5000, 0.3, 0.3, 0.3, 5000, 0.3, 0.3].map((ms) => interval.update(ms))
  expect(new Set(taken)).toEqual(new Set([1000]))
})

test('the interval becomes shorter when reading is fast again', () => {
  const interval = createAdaptiveInterval(1000)
  expect([after(interval, 5, 40), interval.isStretched()]).toEqual([4000, true])
  expect([after(interval, 3, 0.3), interval.isStretched()]).toEqual([1000, false])
})

test('the interval does not alternate because of sweeps that are just fast enough', () => {
  const interval = createAdaptiveInterval(1000)
  after(interval, 5, 10.1)
  expect(after(interval, 5, 9.9)).toBe(2000)
  expect(after(interval, 5, 7.9)).toBe(1000)
})

test('reading is too slow also where the interval can not become longer', () => {
  const interval = createAdaptiveInterval(60_000)
  expect([after(interval, 5, 700), interval.isStretched()]).toEqual([60_000, true])
})
