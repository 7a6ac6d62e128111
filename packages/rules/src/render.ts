// Writes what the chart and the documents have of the rules and dashboards:
//
//   node packages/rules/src/render.ts           writes the files
//   node packages/rules/src/render.ts --check   writes nothing; ends with 1 and a line for each file that is stale
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { rendered } from './rendered.ts'

const repository = join(import.meta.dirname, '..', '..', '..')
const [option, ...more] = process.argv.slice(2)
if (more.length > 0 || (option !== undefined && option !== '--check')) {
  process.stderr.write(`render.ts: the only option is --check, not ${process.argv.slice(2).join(' ')}\n`)
  process.exit(2)
}

for (const [path, text] of rendered()) {
  const file = join(repository, path)
  if (option === undefined) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  } else if (textOf(file) !== text) {
    process.stderr.write(`${path} is stale: run node packages/rules/src/render.ts\n`)
    process.exitCode = 1
  }
}

/** `undefined` when there is no such file. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
