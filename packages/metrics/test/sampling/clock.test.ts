import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { monotonicClock } from '../../src/sampling/clock.ts'

function clocks(): { pass: (wallMs: number, steadyMs: number) => number } {
  let wall = 1_763_725_000_000
  let steady = 5_000
  const { boottime } = monotonicClock({ now: () => wall, steady: () => steady })
  const begin = boottime()
  return {
    pass: (wallMs, steadyMs) => {
      wall += wallMs
      steady += steadyMs
      return boottime() - begin
    },
  }
}

test('a clock goes on through a sleep of the machine, in which CLOCK_MONOTONIC stands still', () => {
  const { pass } = clocks()
  expect([pass(1000, 1000), pass(3_600_000, 400), pass(1000, 1000)]).toEqual([1000, 3_601_000, 3_602_000])
})

test('it goes on by the steady clock when the wall clock is set back', () => {
  const { pass } = clocks()
  expect([pass(-3_600_000, 1000), pass(1000, 1000)]).toEqual([1000, 2000])
})

test('the time of points goes on slowly where the wall clock was set back, until that is as late again', () => {
  let wall = 1_763_725_000_000
  let steady = 5_000
  const { now } = monotonicClock({ now: () => wall, steady: () => steady })
  const begin = now()
  const pass = (wallMs: number, steadyMs = 1000): number => {
    wall += wallMs
    steady += steadyMs
    return now() - begin
  }
  expect([pass(1000), pass(-2000), pass(1000), pass(1000), pass(1000)]).toEqual([1000, 1010, 1020, 1030, 2000])
  expect([pass(-600_000), pass(594_000)]).toEqual([2010, 2020])
  expect(pass(-700_000), 'no store accepts what is more than 10 minutes ahead').toBe(-704_000)
})

test('it does not run ahead of the steady clock because the wall clock has whole milliseconds or is slewed', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 100 }), (offsets) => {
      const { pass } = clocks()
      let passed = 0
      for (const offset of offsets) passed = pass(100 + offset, 100)
      expect(passed).toBe(offsets.length * 100)
    }),
  )
})
