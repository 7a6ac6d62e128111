// The check of the language finds long lines of Markdown and replaced wording, with the line that has it.
import { describe, expect, it } from 'vitest'

import { findings } from './language.ts'

const LONG = 'x'.repeat(161)
const CODE = 'const MOST_SERIES = 1'

describe('the check of the language', () => {
  it('accepts a line of 160 characters', () => {
    expect(findings('a.md', 'x'.repeat(160))).toEqual([])
  })

  it('finds a longer line of Markdown', () => {
    expect(findings('a.md', `\n${LONG}`)).toEqual([{ line: 2, reason: '161 characters, more than 160' }])
  })

  it.each([
    ['a table', `| ${LONG} |`],
    ['a block', `\`\`\`text\n${LONG}\n\`\`\``],
    ['indented code', `    ${LONG}`],
  ])('accepts a long line in %s', (_, text) => {
    expect(findings('a.md', text)).toEqual([])
  })

  it('finds a long line after a block of code', () => {
    expect(findings('a.md', `\`\`\`\n\`\`\`\n${LONG}`)).toHaveLength(1)
  })

  it('leaves the length of lines that are not Markdown to the formatter', () => {
    expect(findings('a.ts', LONG)).toEqual([])
  })

  it.each(['Who has another exporter', 'fine again', 'it begins anew', '--most-series 5', 'takes no metrics: x'])(
    'finds replaced wording: %s',
    (text) => {
      expect(findings('a.md', text)).toHaveLength(1)
    },
  )

  it('finds it in code, and in blocks of code', () => {
    expect(findings('a.ts', CODE)).toEqual([{ line: 1, reason: '"MOST_SERIES"' }])
    expect(findings('a.md', `\`\`\`ts\n${CODE}\n\`\`\``)).toEqual([{ line: 2, reason: '"MOST_SERIES"' }])
  })

  it('accepts words that only contain one', () => {
    expect(findings('a.ts', 'renewed, unbelieved, UTMOST_CARE')).toEqual([])
  })
})
