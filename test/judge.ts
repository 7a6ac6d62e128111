// What a run of vitest comes to, by what it counted and by how it ended.
import { sum, type Tally } from './tally.ts'

/** @param tally what the reporter wrote: nothing, when vitest did not come to its end */
export function judge(tally: Tally | undefined, passed: boolean): Tally {
  if (tally === undefined) return failure('vitest, which did not come to its end')
  if (tally.failed.length > 0) return tally
  if (!passed) return sum([tally, failure('vitest, which exited with an error')])
  return ran(tally) ? tally : sum([tally, failure('the tests, none of which ran')])
}

/** The tally of one thing that failed. */
export function failure(name: string): Tally {
  return { passed: 0, failed: [name], skipped: [] }
}

/** A test that says why it can't be run here was begun; those without a reason are left out by `-t`. */
function ran({ passed, skipped }: Tally): boolean {
  return passed > 0 || skipped.some(({ reason }) => reason !== NO_REASON)
}

/** Of a skipped test that gives none. */
export const NO_REASON = 'no reason given'
