// How often a property over whole courses of a node is tried, and from which seed. By default the same courses each time, so that a red test
// tells of the change and not of luck; `SEED=random RUNS=20000 vitest run FILE --testTimeout 600000` looks for new ones. A failure
// prints a seed and a path: SEED=… PATH_OF=… runs it again.
const { RUNS, SEED = '20261121', PATH_OF } = process.env

export const runs: { readonly numRuns: number; readonly seed?: number; readonly path?: string } = {
  numRuns: Number(RUNS ?? 1000),
  ...(SEED !== 'random' && { seed: Number(SEED) }),
  ...(PATH_OF !== undefined && { path: PATH_OF }),
}
