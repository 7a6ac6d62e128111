import { join } from 'node:path'

import { expect, test } from 'vitest'

import { readHeaderFile } from '../../src/config/header.ts'
import { temporaryFolder } from '../../../metrics/test/readers/temporary-folder.ts'
import { loadWithFile } from './load-with-file.ts'

const file = (text: string): string => join(temporaryFolder({ headers: text }), 'headers')

test('a header file has a name and a value per line, and comments', () => {
  const path = file('# token\r\nAuthorization: Bearer a%==\r\n\n x-tenant = blue%20green \nx-empty:\n')
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
  ['Content-Length: 5', 'has a name that only the agent can set: leave it out'],
  ['transfer-encoding=chunked', 'has a name that only the agent can set: leave it out'],
  ['a-bin: secret', 'has a name that gRPC keeps for binary values: leave out -bin'],
])('a header file with the line %j is refused at the start, in one line without the value', (line, problem) => {
  const path = file(`# comment\n${line}\n`)
  expect(() => loadWithFile({ headerFile: path })).toThrow(`--header-file: ${path}:2 ${problem}`)
})

test('an unreadable header file is refused at the start', () => {
  expect(() => loadWithFile({}, { ENA_OTEL_HEADER_FILE: '/nowhere/headers' })).toThrow(
    `ENA_OTEL_HEADER_FILE: /nowhere/headers can't be read (ENOENT): name a file that uid ${process.getuid?.()} may read`,
  )
})
