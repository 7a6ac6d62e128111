import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { DURATION } from '../../src/config/quantity.ts'

test.each([
  ['500ms', 500],
  ['1s', 1_000],
  ['1.5s', 1_500],
  ['1.001s', 1_001],
  ['0.25m', 15_000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['0s', 0],
  ['0.4ms', 0],
])('%s is %d ms', (text, ms) => {
  expect(DURATION.parse(text)).toBe(ms)
})

test('other forms are no duration', () => {
  const texts = [
    '',
    '15',
    's',
    '-1s',
    '+1s',
    '1 s',
    ' 1s',
    '1s ',
    '1S',
    '1sec',
    '1d',
    '1s500ms',
    '.5s',
    '1.s',
    '1e3ms',
    '١s',
  ]
  expect(texts.filter((text) => DURATION.parse(text) !== undefined)).toEqual([])
})

test.each([
  [0, '0ms'],
  [1, '1ms'],
  [1_500, '1500ms'],
  [90_000, '90s'],
  [60_000, '1m'],
  [7_200_000, '2h'],
])('%d ms is printed as %s', (ms, text) => {
  expect(DURATION.format(ms)).toBe(text)
})

test('a printed duration is parsed as the same duration, and is no longer than in milliseconds', () => {
  const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER })
  const round = fc
    .tuple(fc.nat({ max: 100_000 }), fc.constantFrom(1, 1_000, 60_000, 3_600_000))
    .map(([n, unit]) => n * unit)
  fc.assert(
    fc.property(fc.oneof(whole, round), (ms) => {
      const text = DURATION.format(ms)
      expect(DURATION.parse(text)).toBe(ms)
      expect(text.length).toBeLessThanOrEqual(`${ms}ms`.length)
    }),
  )
})

test('the parser never throws, and returns whole milliseconds', () => {
  const alike = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', 'm', 's', 'h', ' ', '-') })
  fc.assert(
    fc.property(fc.oneof(fc.string(), alike), (text) => {
      const ms = DURATION.parse(text)
      expect(ms === undefined || (Number.isInteger(ms) && ms >= 0)).toBe(true)
    }),
  )
})
