import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { throughSleep } from '../src/clock.ts'

function clocks(): { pass: (wallMs: number, steadyMs: number) => number } {
  let wall = 1_763_725_000_000
  let steady = 5_000
  const through = throughSleep({ now: () => wall, steady: () => steady })
  const begin = through()
  return {
    pass: (wallMs, steadyMs) => {
      wall += wallMs
      steady += steadyMs
      return through() - begin
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
