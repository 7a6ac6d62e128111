import { expect, test } from 'vitest'

import { StatisticsFilter } from '../../src/config/statistics-filter.ts'

test.each([
  ['^queue_\\d+_(tx|rx)_(cnt|bytes)$', 'queue_12_tx_cnt', true],
  ['^queue_\\d+_(tx|rx)_(cnt|bytes)$', 'queue_12_tx_cnt_x', false],
  ['missed', 'queue_0_tx_missed_tx', true],
  ['.', 'a', true],
])('%s matches %s: %s', (expression, name, isMatch) => {
  expect(new StatisticsFilter(expression).test(name)).toBe(isMatch)
})

test('an expression that takes others exponential time is done at once', () => {
  const filter = new StatisticsFilter('^(a+)+$')
  const begun = performance.now()
  expect(filter.test(`${'a'.repeat(28)}b`)).toBe(false)
  expect(performance.now() - begun).toBeLessThan(500)
})

test.each([
  ['(', 'missing closing )'],
  ['a(?!b)', 'unsupported Perl syntax: `(?!`'],
  ['(a)\\1', 'invalid escape sequence: `\\1`'],
])('%s is refused', (expression, reason) => {
  expect(() => new StatisticsFilter(expression)).toThrow(reason)
})
