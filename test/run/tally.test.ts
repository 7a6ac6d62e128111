import { expect, test } from 'vitest'
import { judge, NO_REASON, report, sum, type Tally } from './tally.ts'

const checks: Tally = { passed: 5, failed: [], skipped: [] }

test('reports only the counts when nothing failed or was skipped', () => {
  expect(report(checks)).toBe('5 passed, 0 failed')
})

test('reports each skipped test with its reason and each failed one before the sum of the counts', () => {
  const tests: Tally = {
    passed: 2,
    failed: ['a.test.ts: works'],
    skipped: [{ name: 'b.test.ts: works', reason: 'no go' }],
  }
  expect(report(sum([checks, tests]))).toBe(
    ['skipped: b.test.ts: works (no go)', 'FAILED: a.test.ts: works', '7 passed, 1 failed, 1 skipped'].join('\n'),
  )
})

const lacking = { name: 'a.test.ts: works', reason: 'a guest is not available here: apt-get is not installed' }
const filtered = { name: 'b.test.ts: works', reason: NO_REASON }

test('accepts a run in which every test was skipped with a reason', () => {
  const tally = { passed: 0, failed: [], skipped: [lacking] }
  expect(judge(tally, true)).toEqual(tally)
})

test('fails a run in which a filter left no test', () => {
  expect(judge({ passed: 0, failed: [], skipped: [filtered] }, true).failed).toEqual(['the tests, none of which ran'])
})

test('fails a run that exited with an error, or crashed, although no test failed', () => {
  const tally = { passed: 1, failed: [], skipped: [] }
  expect([judge(tally, false).failed, judge(undefined, true).failed]).toEqual([
    ['vitest, which exited with an error'],
    ['vitest, which did not come to its end'],
  ])
})
