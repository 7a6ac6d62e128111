import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { bits, grouped, rose, short } from '../../src/view/numbers.ts'
import { sparkline } from '../../src/view/sparkline.ts'

test('numbers have separators up to 99,999 and a prefix above', () => {
  const numbers = [0, 0.04, 0.3, 2.996, 9.96, 812, 54_321, 99_999.7, 123_456, 999_499, 999_500, 1_234_567, 2 ** 53]
  const texts = '0; <0.1; 0.3; 3; 10; 812; 54,321; 100 k; 123 k; 999 k; 1.00 M; 1.23 M; 9.01 P'
  expect(numbers.map(short).join('; ')).toBe(texts)
})

test('a byte is eight bits, and prefixes are powers of 1,000', () => {
  const bytes = [0, 1, 124, 125, 11_912_500, 12_499_000, 124_937_500]
  expect(bytes.map(bits).join('; ')).toBe('0; 8; 992; 1.00 k; 95.3 M; 100 M; 1.00 G')
})

test('an unknown number is a dash in every format', () => {
  expect([grouped, short, bits, rose].map((format) => format(undefined))).toEqual(['–', '–', '–', '–'])
})

test('only 0 reads as 0, and no number takes more than seven characters', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 2 ** 64, noNaN: true }), (value) => {
      expect(short(value)).not.toBe('0')
      expect(short(value).length).toBeLessThanOrEqual(7)
      expect(bits(value).length).toBeLessThanOrEqual(7)
    }),
  )
})

test('whole numbers are grouped by three, as Intl does it', () => {
  const intl = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 31 }), fc.nat({ max: 2 ** 20 }), (a, b) => {
      expect(grouped(a * b)).toBe(intl.format(a * b))
      expect(grouped(a)).toBe(intl.format(a))
    }),
  )
  expect(grouped(-1_234_567)).toBe('-1,234,567')
})

test('a history has its newest value at the right, a blank where nothing was read, and ▁ only for 0', () => {
  expect(sparkline([undefined, 0, 1, 50, 100], 8)).toBe('    ▁▂▅█')
  expect(sparkline([0, 0, 0], 3)).toBe('▁▁▁')
  expect(sparkline([1, 2, 3, 4], 2)).toBe('▇█')
})
