// A reporter for vitest that writes what it counted to the file that ENA_OTEL_TALLY names, for run.ts to add up.
import { writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'
import { NO_REASON, type Tally } from './tally.ts'

/** Each test counts; so does an error outside of them: a file that can't be loaded, a hook, an unhandled rejection. */
export default class TallyReporter implements Reporter {
  readonly onTestRunEnd: NonNullable<Reporter['onTestRunEnd']> = (modules, unhandledErrors) => {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const groups = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const tally: Tally = {
      passed: tests.filter((test) => test.result().state === 'passed').length,
      failed: [
        ...tests.filter((test) => !['passed', 'skipped'].includes(test.result().state)).map(withReason),
        ...groups.filter((group) => group.errors().length > 0).map(nameOf),
        ...unhandledErrors.map(({ message }) => `unhandled: ${message}`),
      ],
      skipped: tests.flatMap((test) => {
        const result = test.result()
        return result.state === 'skipped' ? [{ name: nameOf(test), reason: result.note ?? NO_REASON }] : []
      }),
    }
    const file = process.env['ENA_OTEL_TALLY']
    if (file === undefined) throw new TypeError('ENA_OTEL_TALLY must name a file')
    writeFileSync(file, JSON.stringify(tally))
  }
}

function nameOf(task: TestCase | TestModule | TestSuite): string {
  return task.type === 'module' ? task.relativeModuleId : `${task.module.relativeModuleId}: ${task.fullName}`
}

/** Lines of a reason: CI keeps only the end of what a run prints, and there it must say what went wrong. */
const MAX_LINES = 20

/** The name, and below it what the test expected and received. */
function withReason(test: TestCase): string {
  const reasons = (test.result().errors ?? []).map(({ message, diff }) =>
    stripVTControlCharacters(diff === undefined ? message : `${message}\n${diff}`)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, MAX_LINES)
      .map((line) => `\n    ${line}`)
      .join(''),
  )
  return nameOf(test) + reasons.join('')
}
