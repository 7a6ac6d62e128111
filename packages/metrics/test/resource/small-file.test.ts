import { chmodSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { readSmallFile } from '../../src/resource/small-file.ts'
import { temporaryFolder } from '../readers/temporary-folder.ts'
import { recordLog } from './recorded-log.ts'

test('the text of a file is trimmed; an empty or missing file offers nothing', () => {
  const log = recordLog()
  const folder = temporaryFolder({ full: ' m5.large \n', blank: ' \n' })
  expect(['full', 'blank', 'missing'].map((file) => readSmallFile(join(folder, file), log))).toEqual([
    'm5.large',
    undefined,
    undefined,
  ])
  expect(log.lines).toEqual([])
})

test('a file that fails for another reason gives a warning', () => {
  const log = recordLog()
  expect(readSmallFile(temporaryFolder(), log)).toBeUndefined()
  expect(log.lines).toEqual([
    'warn: resource: EISDIR: illegal operation on a directory, read; its value is missing from the resource, check the mount',
  ])
})

test('a file that only root may read offers nothing', ({ skip }) => {
  if (process.getuid?.() === 0) skip('root can read every file')
  const log = recordLog()
  const folder = temporaryFolder({ secret: 'x' })
  chmodSync(join(folder, 'secret'), 0)
  expect(readSmallFile(join(folder, 'secret'), log)).toBeUndefined()
  expect(log.lines).toEqual([])
})
