// Runs the property tests with one seed after the other, for hours if wanted.
//
//   npx pnpm@12 sequences --minutes 120 [--seed N]
//
// Prints a line for each seed. Ends with exit code 1 at the first seed that fails, with the command that reproduces it.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { runStep } from '../run/step.ts'
import { runSeeds } from './seeds.ts'
import { commandOf, VARIABLE } from './setting.ts'

/** Sequences of each property from one seed: about half a minute, of which the start of vitest takes two seconds. */
const RUNS = 2000

const root = join(import.meta.dirname, '..', '..')
process.chdir(root)
const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } })
const minutes = Number(values.minutes)
const first = Number(values.seed ?? Math.trunc(Date.now() / 1000) % 2 ** 30)
if (!(minutes > 0) || !Number.isSafeInteger(first)) throw new TypeError('usage: sequences --minutes N [--seed INTEGER]')

const files = globSync('packages/*/test/**/*.test.ts')
  .filter((file) => readFileSync(file, 'utf8').includes('/test/sequences/check.ts'))
  .toSorted()
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort(signal))

console.log(`${RUNS} sequences of each property in ${files.join(', ')}`)
const { failed, lastPassed } = await runSeeds({ first, minutes }, async (seed) => {
  const passed = await runStep(
    {
      name: `seed ${seed}`,
      command: [join(root, 'node_modules', '.bin', 'vitest'), 'run', ...files],
      env: { [VARIABLE]: `${RUNS},${seed}` },
    },
    interrupt.signal,
  )
  return interrupt.signal.aborted ? undefined : passed
})
if (lastPassed !== undefined) console.log(`passed: seeds ${first} to ${lastPassed}`)
if (failed !== undefined)
  console.log(`FAILED: seed ${failed}\n${commandOf({ runs: RUNS, seed: failed }, files.join(' '))}`)
if (interrupt.signal.aborted) console.log(`interrupted by ${interrupt.signal.reason}`)
process.exitCode = failed === undefined && !interrupt.signal.aborted ? 0 : 1
