// How many checks and tests passed, failed and were skipped, by name.

export interface Tally {
  readonly passed: number
  /** The names of what failed. */
  readonly failed: readonly string[]
  readonly skipped: readonly Skipped[]
}

export interface Skipped {
  readonly name: string
  readonly reason: string
}

/** The tallies as one. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((total, { passed }) => total + passed, 0),
    failed: tallies.flatMap(({ failed }) => failed),
    skipped: tallies.flatMap(({ skipped }) => skipped),
  }
}

/** What was skipped and what failed, a line each, and the counts as the last line. */
export function report({ passed, failed, skipped }: Tally): string {
  const counts = `${passed} passed, ${failed.length} failed`
  return [
    ...skipped.map(({ name, reason }) => `skipped: ${name} (${reason})`),
    ...failed.map((name) => `FAILED: ${name}`),
    skipped.length === 0 ? counts : `${counts}, ${skipped.length} skipped`,
  ].join('\n')
}

/** The result of a run of vitest. @param tally what the reporter wrote: nothing, when vitest crashed */
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
