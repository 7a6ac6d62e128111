import { readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, expect, test } from 'vitest'

import { helm } from '../tools/helm.ts'
import { rendered } from './chart.ts'
import { EXAMPLES, exampleValues, renderedFile } from './examples.ts'

beforeAll(helm) // the first time, that takes longer than a test may

test.for(EXAMPLES)('the example %s renders to what is committed', async (name) => {
  const text = withoutTests(await rendered(exampleValues(name)))
  if (process.env['UPDATE'] === '1') writeFileSync(renderedFile(name), text)
  expect(readFileSync(renderedFile(name), 'utf8')).toBe(text)
})

/** The pod of `helm test` has a program in it that would be the same in each. */
function withoutTests(text: string): string {
  return text
    .split(/^---\n/m)
    .filter((document) => document.trim() !== '' && !document.startsWith('# Source: ena-otel/templates/tests/'))
    .map((document) => `---\n${document.trimEnd()}\n`)
    .join('')
}
