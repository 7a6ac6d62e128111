import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, expect, test } from 'vitest'

import { output } from '../harness/command.ts'
import { helm } from '../tools/helm.ts'
import { helm3 } from '../tools/helm3.ts'
import { CHART, parsed, rendered } from './chart.ts'
import { EXAMPLES, exampleValues, renderedFile } from './examples.ts'

beforeAll(helm) // the first time, that takes longer than a test may
beforeAll(helm3)

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

test.for(EXAMPLES)('Helm 3.18 renders the example %s to the same objects', async (name) => {
  const file = join(CHART, 'examples', name, 'values.yaml')
  // A Helm that go build made considers itself of an old Kubernetes.
  const command = [
    await helm3(),
    'template',
    'ena-otel',
    CHART,
    '--namespace',
    'ena-otel',
    '--kube-version',
    '1.33',
    '--values',
    file,
  ]
  const objectsOf = (text: string): readonly string[] =>
    parsed(text)
      .map((object) => JSON.stringify(object))
      .toSorted()
  expect(objectsOf(await output(command))).toEqual(objectsOf(await rendered(exampleValues(name))))
})
