// Runs every check and every test, and closes with `N passed, N failed` (`, N skipped`) alone on the last line.
//
//   pnpm test                              everything
//   pnpm test --only checks                types, build, lint, format, unused code
//   pnpm test --only tests                 all tests
//   pnpm test packages/ethtool -t 'rings'  some tests: whatever else is given is vitest's
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeLeftovers, RUN } from './run/leftovers.ts'
import { runStep, type Step } from './run/step.ts'
import { failure, judge, report, sum, type Tally } from './run/tally.ts'

const root = join(import.meta.dirname, '..')
const program = (name: string): string => join(root, 'node_modules', '.bin', name)

const checks: readonly Step[] = [
  { name: 'types', command: [program('tsc'), '-p', 'tsconfig.json'] },
  { name: 'build', command: [program('tsc'), '-b', 'packages/ethtool', 'packages/metrics', 'packages/agent'] },
  { name: 'lint', command: [program('oxlint'), '--type-aware'] },
  { name: 'format', command: [program('oxfmt'), '--check'] },
  { name: 'unused code', command: [program('knip')] },
  { name: 'language', command: [process.execPath, join('test', 'docs', 'language.ts')] },
]
const tools: Step = {
  name: 'tools',
  command: [process.execPath, join('test', 'tools', 'provide.ts')],
  live: true,
}

process.chdir(root)
const wanted = readArguments(process.argv.slice(2))
const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort(signal))
await removeLeftovers()
const folder = temporaryFolder()

const tallies: Tally[] = []
if (wanted.only !== 'tests') for (const check of checks) tallies.push(await runCheck(check))
if (wanted.only !== 'checks') {
  if (wanted.vitestArguments.length === 0) tallies.push(await runCheck(tools))
  tallies.push(await runTests(wanted.vitestArguments))
}
await removeLeftovers().catch((error: Error) => tallies.push(failure(`clearing up, ${error.message}`)))
rmSync(folder, { recursive: true, force: true })
if (interrupt.signal.aborted) tallies.push(failure(`the run, interrupted by ${interrupt.signal.reason}`))
const total = sum(tallies)
process.exitCode = total.failed.length === 0 ? 0 : 1
process.stdout.write(`\n${report(total)}\n`)

interface Arguments {
  readonly only: 'checks' | 'tests' | undefined
  readonly vitestArguments: readonly string[]
}

function readArguments(given: readonly string[]): Arguments {
  const rest = given.filter((argument) => argument !== '--')
  if (rest[0] !== '--only') return { only: rest.length === 0 ? undefined : 'tests', vitestArguments: rest }
  const [, only, ...vitestArguments] = rest
  if (only === 'tests') return { only, vitestArguments }
  if (only === 'checks' && vitestArguments.length === 0) return { only, vitestArguments }
  throw new TypeError('--only takes `checks`, or `tests` and arguments for vitest')
}

/** A step that an interrupt kept from starting isn't counted. */
async function runCheck(step: Step): Promise<Tally> {
  if (interrupt.signal.aborted) return sum([])
  return (await runStep(step, interrupt.signal)) ? { passed: 1, failed: [], skipped: [] } : failure(step.name)
}

async function runTests(filters: readonly string[]): Promise<Tally> {
  if (interrupt.signal.aborted) return sum([])
  const file = join(folder, 'tally.json')
  const reporters = ['--reporter=default', '--reporter=./test/run/tally-reporter.ts']
  const command = [program('vitest'), 'run', ...reporters, ...filters]
  const passed = await runStep({ name: 'tests', command, live: true, env: { ENA_OTEL_TALLY: file } }, interrupt.signal)
  return judge(readTally(file), passed)
}

/** One for all that the steps put into theirs, so that it goes with the run. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `${RUN}${process.pid}-`))
  chmodSync(folder, 0o1777) // as /tmp: programs run as nobody, too
  process.env['TMPDIR'] = folder
  return folder
}

/** What the reporter wrote: nothing, when vitest did not come to its end. */
function readTally(file: string): Tally | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
