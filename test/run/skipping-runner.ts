// Vitest's runner, but a NotHere that a test or a hook throws is no failure: the test, or each test of the hook, is skipped with
// its reason.
import { type RunnerTestCase, type RunnerTestSuite, TestRunner } from 'vitest'

import type { NotHere } from '../harness/not-here.ts'

type Hooks = ReturnType<typeof TestRunner.getSuiteHooks>

export default class SkippingRunner extends TestRunner {
  /** What the `beforeAll` hooks of a suite lacked. */
  readonly #lacking = new WeakMap<object, NotHere>()

  override async onBeforeRunSuite(suite: RunnerTestSuite): Promise<void> {
    await super.onBeforeRunSuite(suite)
    const hooks: Hooks = TestRunner.getSuiteHooks(suite)
    hooks.beforeAll = hooks.beforeAll.map((hook) => async (...args: Parameters<typeof hook>) => {
      try {
        return await hook(...args)
      } catch (error) {
        if (!isNotHere(error)) throw error
        this.#lacking.set(suite, error)
        return undefined
      }
    })
  }

  /** Runs the test's function; its hooks run before and after it. */
  async runTask(test: RunnerTestCase): Promise<void> {
    try {
      const lacking = this.#lackingOf(test)
      if (lacking !== undefined) throw lacking
      await TestRunner.getTestFn(test)()
    } catch (error) {
      if (isNotHere(error)) test.context.skip(error.message)
      throw error
    }
  }

  #lackingOf(test: RunnerTestCase): NotHere | undefined {
    let suite = test.suite
    while (suite !== undefined && !this.#lacking.has(suite)) suite = suite.suite
    return this.#lacking.get(suite ?? test.file)
  }
}

/** By its name: the runner and the tests load the class each for itself. */
function isNotHere(error: unknown): error is NotHere {
  return error instanceof Error && error.name === 'NotHere'
}
