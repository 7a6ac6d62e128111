// The regular expression of --statistics, matched by RE2: in time proportional to the text. JavaScript's own engine needs minutes for some
// expressions (`(a+)+$`), and nothing would be read meanwhile.
import { createRequire } from 'node:module'

import type * as re2js from 're2js'

export class StatisticsFilter {
  /** The expression as it was written. */
  readonly source: string
  readonly #expression: re2js.RE2JS

  /** @throws Error with RE2's reason when it does not accept the expression */
  constructor(source: string) {
    // Not import: few need it, and in the bundle it would take a megabyte of memory of everybody.
    const { RE2JS } = createRequire(import.meta.url)('re2js') as typeof re2js
    this.source = source
    this.#expression = RE2JS.compile(source)
  }

  /** Whether the expression matches a part of the statistic's name. */
  test(name: string): boolean {
    return this.#expression.test(name)
  }
}
