// The check of the language: long lines of Markdown, and wording that was replaced and must not come back.
//
//   node test/docs/language.ts   prints `file:line: reason` for each finding, and exits with 1 if there is one
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'

/** Files that are checked, from the repository's folder. The length of lines counts in Markdown only. */
const COVERED = [
  '*.md',
  '.github/**/*.md',
  'docs/**/*.md',
  'packages/*/*.md',
  'test/**/*.md',
  'charts/**/*.{md,tpl,txt}',
  'charts/*/values.yaml',
  'charts/*.ts',
  'release/*.ts',
  'packages/rules/**/*.ts',
  'packages/*/src/**/*.ts',
  'packages/*/test/**/*.ts',
  'test/**/*.ts',
]
const EXCLUDED = ['**/node_modules/**', 'test/docs/language*.ts']

const MAX_LINE = 160

/** A phrase is one regular expression; words of the programs' own grammar (`async done`) are not in the list. */
const PHRASES: readonly string[] = [
  'absurd',
  'anew',
  'believe[sd]?',
  'under our eyes',
  'under way',
  'fine again',
  'takes no metrics',
  'what is measured is kept',
  'who has',
  'whoever',
  'what is over',
  'at this pace',
  'MOST_\\w+',
  'LEAST_\\w+',
  'LONGEST_\\w+',
  '--most-series',
]
const REPLACED = new RegExp(`(?<![\\w-])(?:${PHRASES.join('|')})(?!\\w)`, 'gi')

export interface Finding {
  readonly line: number
  readonly reason: string
}

/** What is wrong with a text. Long lines count only in Markdown, outside tables and blocks of code. */
export function findings(path: string, text: string): readonly Finding[] {
  const found: Finding[] = []
  let fenced = false
  for (const [index, line] of text.split('\n').entries()) {
    for (const [phrase] of line.matchAll(REPLACED)) found.push({ line: index + 1, reason: `"${phrase}"` })
    if (!path.endsWith('.md')) continue
    if (/^\s*```/.test(line)) fenced = !fenced
    if (line.length > MAX_LINE && !fenced && !/^(?: {4}|\s*\|)/.test(line))
      found.push({ line: index + 1, reason: `${line.length} characters, more than ${MAX_LINE}` })
  }
  return found
}

if (argv[1] === import.meta.filename) {
  const root = join(import.meta.dirname, '..', '..')
  const files = globSync(COVERED, { cwd: root, exclude: EXCLUDED }).toSorted()
  const lines = files.flatMap((file) =>
    findings(file, readFileSync(join(root, file), 'utf8')).map(({ line, reason }) => `${file}:${line}: ${reason}`),
  )
  if (lines.length > 0) console.error(lines.join('\n'))
  process.exitCode = lines.length === 0 ? 0 : 1
}
