// Checks a property with random sequences (setting.ts). A failure names the seed and the command that reproduces it.
import { relative } from 'node:path'

import * as fc from 'fast-check'
import { expect, type TestOptions } from 'vitest'

import { REPOSITORY } from '../harness/agent.ts'
import { commandOf, readSetting, type Setting } from './setting.ts'

/** Options of a test that checks a property: time for its runs on a busy machine, and to shrink a sequence that fails. */
export const SEQUENCES: TestOptions = { timeout: 60_000 + 100 * readSetting().runs }

/** Checks the property. @throws Error with the shortest sequence found for which the property fails, and the command that runs only that one */
export function checkSequences<T>(property: fc.IProperty<T>, setting: Setting = readSetting()): void {
  const { runs, seed, path } = setting
  fc.assert(property, {
    numRuns: runs,
    seed,
    ...(path !== undefined && { path }),
    reporter: (details) => {
      if (!details.failed) return
      const { testPath = '', currentTestName } = expect.getState()
      const failed: Setting = {
        runs: 1,
        seed,
        ...(details.counterexamplePath !== null && { path: details.counterexamplePath }),
      }
      const command = commandOf(failed, `${relative(REPOSITORY, testPath)} -t '${currentTestName}'`)
      throw new Error(`${fc.defaultReportMessage(details)}\n\nReproduce: ${command}\n`, {
        cause: details.errorInstance,
      })
    },
  })
}
