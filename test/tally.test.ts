import { expect, test } from 'vitest'
import { report, sum, type Tally } from './tally.ts'

const checks: Tally = { passed: 5, failed: [], skipped: [] }

test('a run without skips ends with the plain counts', () => {
  expect(report(checks)).toBe('5 passed, 0 failed')
})

test('a run names what was skipped, why, and what failed, before the counts of all its parts', () => {
  const tests: Tally = {
    passed: 2,
    failed: ['a.test.ts: works'],
    skipped: [{ name: 'b.test.ts: works', reason: 'no go' }],
  }
  expect(report(sum([checks, tests]))).toBe(
    ['skipped: b.test.ts: works (no go)', 'FAILED: a.test.ts: works', '7 passed, 1 failed, 1 skipped'].join('\n'),
  )
})
