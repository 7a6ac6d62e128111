import fc from 'fast-check'
import { expect, it } from 'vitest'

import { addRise, createRateWindow, type RateWindow } from '../../src/sampling/rate-window.ts'

/** One rise after the first sample for each of `rises`, in steps of `intervalMs`. */
function windowOf(rises: readonly number[], intervalMs = 1000): RateWindow {
  const window = createRateWindow()
  for (const [i, rise] of [0, ...rises].entries()) addRise(window, rise, i * intervalMs, i * intervalMs)
  return window
}

it('has no peak before a second is over, and then that of the highest second', () => {
  expect(windowOf([5], 500).peak).toBeUndefined()
  expect(windowOf([0, 300, 50])).toMatchObject({ peak: 300, throttledSeconds: 2 })
})

it('adds up a second out of shorter samples', () => {
  const rises = Array.from({ length: 12 }, (_, i) => (i < 10 ? 10 : 0))
  expect(windowOf(rises, 100)).toMatchObject({ peak: 100, throttledSeconds: 1 })
})

it('takes the average over a gap, and counts one second', () => {
  expect(windowOf([3000], 30_000)).toMatchObject({ peak: 100, throttledSeconds: 1 })
})

it('divides by the time to the end of the read, which may have waited for a lock', () => {
  const window = createRateWindow()
  addRise(window, 0, 0, 0)
  addRise(window, 400, 1000, 4000)
  expect(window.peak).toBe(100)
})

it('closes a second that is a little short, without a higher rate', () => {
  expect(windowOf([95], 951).peak).toBe(95)
})

it('never counts more seconds than have passed', () => {
  const rises = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(rises, fc.integer({ min: 100, max: 5000 }), (all, intervalMs) => {
      expect(windowOf(all, intervalMs).throttledSeconds).toBeLessThanOrEqual((all.length * intervalMs) / 1000 + 0.05)
    }),
  )
})
