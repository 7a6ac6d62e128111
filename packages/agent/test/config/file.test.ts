import { chmodSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { ConfigError } from '../../src/config/problem.ts'
import { readConfigFile } from '../../src/config/file.ts'
import { OPTION_NAMES } from '../../src/config/options.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'
import { loadWithFile, problemsOf } from './load-with-file.ts'

const NAMES = OPTION_NAMES.join(', ')

const file = (text: string): string => join(temporaryFolder({ 'ena-otel.yaml': text }), 'ena-otel.yaml')

/** The lines that refuse a file with this text, its path written as FILE. */
function refused(text: string): readonly string[] {
  const path = file(text)
  return problemsOf({ config: path }).map((line) => line.replaceAll(path, 'FILE'))
}

test('each entry has its line', () => {
  const path = file(
    '# the agent\nsampleInterval: 2s\n\ninclude:\n  - veth*\n  - lo\nhealthPort: 9000\ninsecure: true\n',
  )
  expect([...readConfigFile(path)]).toEqual([
    ['sampleInterval', { value: '2s', origin: `${path}:2: sampleInterval` }],
    ['include', { value: ['veth*', 'lo'], origin: `${path}:4: include` }],
    ['healthPort', { value: 9000, origin: `${path}:7: healthPort` }],
    ['insecure', { value: true, origin: `${path}:8: insecure` }],
  ])
})

test('JSON is YAML', () => {
  expect(loadWithFile({ config: file('{"sampleInterval": "2s", "compat": ["showmax"]}') }).config).toMatchObject({
    sampleInterval: 2_000,
    compat: ['showmax'],
  })
})

test('an alias has the value of its anchor', () => {
  const { config } = loadWithFile({ config: file('include: &names [veth*, lo]\nexclude: *names\n') })
  expect([config.include, config.exclude]).toEqual([
    ['veth*', 'lo'],
    ['veth*', 'lo'],
  ])
})

test('the value of a wrong header is never shown', () => {
  expect([refused('header: geheim'), refused('header: {a: geheim}'), refused('header: [{a: geheim}]')]).toEqual([
    ['FILE:1: header: the value is not a list'],
    ['FILE:1: header: the value is not a list'],
    ['FILE:1: header: entry 1 is not a string'],
  ])
})

test.each(['', '\n', '# nothing yet\n', '---\n', '{}\n'])('the file %j sets no option', (text) => {
  expect(loadWithFile({ config: file(text) }).origins).toEqual({})
})

test.each<[text: string, want: unknown]>([
  ['healthPort: off', undefined],
  ['healthPort: "off"', undefined],
  ['healthPort: 9000', 9_000],
  ['healthPort: "9000"', 9_000],
])('%s is accepted', (text, want) => {
  expect(loadWithFile({ config: file(text) }).config.healthPort).toBe(want)
})

const DURATION = 'is not a duration: write it with its unit, like 500ms, 1s or 2m'
const PORT = 'is not a port: a number from 1 to 65535, or off'

test.each<[what: string, text: string, lines: readonly string[]]>([
  ['a number for a duration', 'sampleInterval: 1', [`FILE:1: sampleInterval: 1 ${DURATION}`]],
  ['a key without a value', 'sampleInterval:', [`FILE:1: sampleInterval: null ${DURATION}`]],
  ['false for a port', 'healthPort: false', [`FILE:1: healthPort: false ${PORT}`]],
  ['a port that is none', 'healthPort: 0.5', [`FILE:1: healthPort: 0.5 ${PORT}`]],
  ['one name for a list', 'include: veth*', ['FILE:1: include: "veth*" is not a list']],
  ['a number in a list', 'include:\n  - 5', ['FILE:1: include: 5 is not a string']],
  ['a map for a text', 'nodeName: {a: 1}', ['FILE:1: nodeName: {"a":1} is not a string']],
  ['on for a switch', 'insecure: on', ['FILE:1: insecure: "on" is neither true nor false']],
  ['an unknown key', '\n\nendpiont: http://a:1', [`FILE:3: endpiont is not an option: the options are ${NAMES}`]],
  ['a list instead of a map', '- a\n- b', ['FILE: holds no options: write them as key: value, a line each']],
  ['a key that comes twice', 'logLevel: info\nlogLevel: warn', ['FILE:2: is not valid YAML: Map keys must be unique']],
  [
    'no YAML',
    'logLevel: info\ninclude: [veth*\nexclude: []\n',
    ['FILE:3: is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ],
  [
    'an alias of nothing',
    'logLevel: info\ninclude: *names\n',
    ['FILE:2: include: Unresolved alias (the anchor must be set before the alias): names'],
  ],
  [
    'an alias of nothing for a key',
    'logLevel: info\n*names : 1\n',
    ['FILE:2: is not valid YAML: a key is a plain word here'],
  ],
  [
    'a list that contains itself',
    'logLevel: info\ninclude: &a [lo, *a]\n',
    ['FILE:2: *a is inside its own anchor: write the value instead'],
  ],
  [
    'a list that contains itself further down',
    'include:\n  &a\n  - &b\n    - *b\n    - *a\n',
    ['FILE:4: *b is inside its own anchor: write the value instead'],
  ],
  [
    'an option that is the whole file',
    '--- &a\nnodeName: *a\n',
    ['FILE:2: *a is inside its own anchor: write the value instead'],
  ],
  [
    'aliases of aliases without end',
    `nodeName: &a [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 9 }, (_, i) => `k${i}: &${'bcdefghij'[i]} [${`*${'abcdefghi'[i]}, `.repeat(9)}]`).join('\n')}\n`,
    ['FILE:4: k2: Excessive alias count indicates a resource exhaustion attack'],
  ],
  ['a tab', 'logLevel: info\n\tinclude: []', ['FILE:2: is not valid YAML: Tabs are not allowed as indentation']],
])('a file with %s is refused', (_what, text, lines) => {
  expect(refused(text)).toEqual(lines)
})

test('a file with valid and wrong values is refused with all its problems', () => {
  expect(refused('timeout: 5\nlogLevel: info\nlogFormat: xml\nfoo: 1\nstatistics: "["\n')).toEqual([
    `FILE:4: foo is not an option: the options are ${NAMES}`,
    'FILE:5: statistics: "[" does not compile (RE2): missing closing ]: `[`',
    `FILE:1: timeout: 5 ${DURATION}`,
    'FILE:3: logFormat: "xml" is not one of auto, json, pretty',
  ])
})

const uid = process.getuid?.()

test.each([
  ['is not there', '/nowhere/ena-otel.yaml', 'ENOENT'],
  ['is a folder', '/proc', 'EISDIR'],
])('a file that %s is refused with a remedy', (_what, path, code) => {
  expect(() => readConfigFile(path)).toThrow(
    new ConfigError([`--config ${path}: can't be read (${code}): name a YAML file that uid ${uid} may read`]),
  )
})

test('an unreadable file is refused', ({ skip }) => {
  if (uid === 0) skip('root can read every file; bad-input.test.ts runs this as another user')
  const path = file('logLevel: info\n')
  chmodSync(path, 0)
  expect(() => readConfigFile(path)).toThrow(`--config ${path}: can't be read (EACCES)`)
})
