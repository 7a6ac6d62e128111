import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { readHeaderFile } from '../../src/config/header.ts'
import { loadWithFile } from './load-with-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-headers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'headers')

test('a header file has a name and a value per line, and comments', () => {
  writeFileSync(path, '# token\r\nAuthorization: Bearer a%==\r\n\n x-tenant = blue%20green \nx-empty:\n')
  expect(readHeaderFile(path)).toEqual([
    ['authorization', 'Bearer a%=='],
    ['x-tenant', 'blue green'],
    ['x-empty', ''],
  ])
})

test.each([
  ['Bearer secret', 'is not of the form name=value or Name: value'],
  ['a=%secret', 'has a "%" that begins no escape: write %25 for a percent sign'],
  ['a: sécret', 'has a value that a header cannot hold: use printable ASCII only'],
  ['a-bin: secret', 'has a name that gRPC keeps for binary values: leave out -bin'],
])('a header file with the line %j is refused at the start, in one line without the value', (line, problem) => {
  writeFileSync(path, `# comment\n${line}\n`)
  expect(() => loadWithFile({ headerFile: path }, {})).toThrow(`--header-file: ${path}:2 ${problem}`)
})

test('a header file that can not be read is refused at the start', () => {
  expect(() => loadWithFile({}, { ENA_OTEL_HEADER_FILE: '/nowhere/headers' })).toThrow(
    `ENA_OTEL_HEADER_FILE: /nowhere/headers can't be read (ENOENT): name a file that uid ${process.getuid?.()} may read`,
  )
})

test('certificates are not read when the endpoint is in plain text', () => {
  const certificate = '/nowhere/ca.pem'
  expect(loadWithFile({ endpoint: 'http://a', certificate }, {}).config.certificate).toBe(certificate)
  expect(loadWithFile({ endpoint: 'a', insecure: true, certificate }, {}).config.certificate).toBe(certificate)
  expect(() => loadWithFile({ endpoint: 'https://a', certificate }, {})).toThrow('ENOENT')
})
