import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readSmallFile } from '../../src/resource/small-file.ts'
import { recordLog } from './recorded-log.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ena-otel-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a file’s text comes without the blanks around it; an empty or missing file offers nothing', () => {
  const log = recordLog()
  writeFileSync(join(folder, 'full'), ' m5.large \n')
  writeFileSync(join(folder, 'blank'), ' \n')
  expect(['full', 'blank', 'missing'].map((file) => readSmallFile(join(folder, file), log))).toEqual([
    'm5.large',
    undefined,
    undefined,
  ])
  expect(log.lines).toEqual([])
})

test('a file that can’t be read for an odd reason is reported once and stops nothing', () => {
  const log = recordLog()
  expect(readSmallFile(folder, log)).toBeUndefined()
  expect(log.lines).toEqual([
    'warn: resource: EISDIR: illegal operation on a directory, read; the agent goes on without it, check the mount',
  ])
})

test('a file for root only offers nothing', ({ skip }) => {
  if (process.getuid?.() === 0) skip('root may read it')
  const log = recordLog()
  writeFileSync(join(folder, 'secret'), 'x')
  chmodSync(join(folder, 'secret'), 0)
  expect(readSmallFile(join(folder, 'secret'), log)).toBeUndefined()
  expect(log.lines).toEqual([])
})
