// The set-ups of charts/ena-otel/examples.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

import { CHART, type Values } from './chart.ts'

const folder = join(CHART, 'examples')

/** Their names. */
export const EXAMPLES = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

export function exampleValues(name: string): Values {
  return parse(readFileSync(join(folder, name, 'values.yaml'), 'utf8'))
}

/** Where it is kept rendered. */
export function renderedFile(name: string): string {
  return join(folder, name, 'rendered.yaml')
}
