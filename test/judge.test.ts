import { expect, test } from 'vitest'
import { judge, NO_REASON } from './judge.ts'

const lacking = { name: 'a.test.ts: works', reason: 'a guest is not to be had here: apt-get is not installed' }
const filtered = { name: 'b.test.ts: works', reason: NO_REASON }

test('tests that all say why they can not run here are no failure', () => {
  const tally = { passed: 0, failed: [], skipped: [lacking] }
  expect(judge(tally, true)).toEqual(tally)
})

test('a run in which a filter left no test is a failure', () => {
  expect(judge({ passed: 0, failed: [], skipped: [filtered] }, true).failed).toEqual(['the tests, none of which ran'])
})

test('a run that counts no failure and yet ends with an error, or has no end, is one', () => {
  const tally = { passed: 1, failed: [], skipped: [] }
  expect([judge(tally, false).failed, judge(undefined, true).failed]).toEqual([
    ['vitest, which exited with an error'],
    ['vitest, which did not come to its end'],
  ])
})
