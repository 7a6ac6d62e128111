import { execFileSync } from 'node:child_process'

import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { GLOB_FORM, globMatcher } from '../../src/interfaces/glob.ts'

const NAMES = ['eth0', 'eth1', 'eth10', 'ifb0', 'ifb1', 'ifb!', 'ens5.100', '.eth', 'a+', 'aa']

test.each<[glob: string, matched: readonly string[]]>([
  ['eth*', ['eth0', 'eth1', 'eth10']],
  ['eth?', ['eth0', 'eth1']],
  ['ifb[!1]', ['ifb0', 'ifb!']],
  ['ifb[^1]', ['ifb0', 'ifb!']],
  ['*b{0,1}', ['ifb0', 'ifb1']],
  ['eth1{,0}', ['eth1', 'eth10']],
  ['*.*', ['ens5.100', '.eth']],
  ['a+', ['a+']],
  ['a++', []],
  ['*', NAMES],
])('%s matches as in a shell', (glob, matched) => {
  expect(NAMES.filter(globMatcher([glob]))).toEqual(matched)
})

test.each([
  '',
  '!',
  '!!a',
  '!(a)',
  '@(a|b)',
  'a|b',
  '{a',
  'a}',
  '{a}',
  '{8..12}',
  '[a',
  'a]',
  '[!]',
  '\\*',
  '"a"',
  './a',
])('%j is refused', (glob) => {
  expect(GLOB_FORM.test(glob)).toBe(false)
  expect(() => globMatcher([glob])).toThrow(/is not a glob: use .*, \[!0-9\] and \{a,b\}/)
})

test('every accepted pattern matches as in bash', () => {
  const parts = [
    'a',
    'b',
    '0',
    '1',
    '.',
    '-',
    '+',
    '*',
    '?',
    '[01]',
    '[!0-1]',
    '[^a]',
    '[a-]',
    '[a.]',
    '{a,b}',
    '{,0*}',
  ]
  const glob = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 5 }).map((some) => some.join(''))
  const name = fc.stringMatching(/^[ab01+-][ab01.+-]{0,2}$/)
  const pairs = fc.sample(fc.tuple(glob, name), 5_000).filter(([text]) => GLOB_FORM.test(text))
  // For each pair a line with 1 for a match. `in` expands the braces, `case` matches the rest.
  const script = pairs.map(
    ([text, tried]) => `m=0; for g in ${text}; do case '${tried}' in $g) m=1;; esac; done; echo $m`,
  )
  const output = execFileSync('bash', { input: ['set -f', ...script].join('\n'), encoding: 'utf8' })
  const inBash = output
    .trim()
    .split('\n')
    .map((line) => line === '1')
  const wrong = pairs.filter(([text, tried], i) => globMatcher([text])(tried) !== inBash[i])
  expect([pairs.length > 4_000, inBash.includes(true), wrong]).toEqual([true, true, []])
})
