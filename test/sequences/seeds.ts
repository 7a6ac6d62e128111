// Seed after seed, until the time is over or one fails.

export interface Seeds {
  readonly first: number
  readonly minutes: number
}

/** The first seed that failed, or `undefined`, and the last one that passed. */
export interface Outcome {
  readonly failed: number | undefined
  readonly lastPassed: number | undefined
}

/**
 * Runs consecutive seeds. A seed that has begun when the time is over is still finished.
 * @param run resolves to whether the seed passed; to `undefined` if it was interrupted
 * @param now milliseconds
 */
export async function runSeeds(
  { first, minutes }: Seeds,
  run: (seed: number) => Promise<boolean | undefined>,
  now: () => number = () => performance.now(),
): Promise<Outcome> {
  const end = now() + minutes * 60_000
  let lastPassed: number | undefined
  for (let seed = first; now() < end; seed++) {
    const passed = await run(seed)
    if (passed === false) return { failed: seed, lastPassed }
    if (passed === undefined) break
    lastPassed = seed
  }
  return { failed: undefined, lastPassed }
}
