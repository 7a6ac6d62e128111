import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { formatDuration, parseDuration } from '../../src/config/duration.ts'

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
  expect(parseDuration(text)).toBe(ms)
})

test.each([
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
])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined()
})

test.each([
  [0, '0ms'],
  [1, '1ms'],
  [1_500, '1500ms'],
  [90_000, '90s'],
  [60_000, '1m'],
  [7_200_000, '2h'],
])('%d ms is printed as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('what is printed is read back as the same time, and is no longer than in milliseconds', () => {
  const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER })
  const round = fc
    .tuple(fc.nat({ max: 100_000 }), fc.constantFrom(1, 1_000, 60_000, 3_600_000))
    .map(([n, unit]) => n * unit)
  fc.assert(
    fc.property(fc.oneof(whole, round), (ms) => {
      const text = formatDuration(ms)
      expect(parseDuration(text)).toBe(ms)
      expect(text.length).toBeLessThanOrEqual(`${ms}ms`.length)
    }),
  )
})

test('no text makes the parser throw, and what it takes is a whole number of milliseconds', () => {
  const alike = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', 'm', 's', 'h', ' ', '-') })
  fc.assert(
    fc.property(fc.oneof(fc.string(), alike), (text) => {
      const ms = parseDuration(text)
      expect(ms === undefined || (Number.isInteger(ms) && ms >= 0)).toBe(true)
    }),
  )
})
