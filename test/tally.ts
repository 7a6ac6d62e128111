// How many checks and tests passed, failed and were skipped, by name: the sum of a run.

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
