import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { openPseudoFile, type PseudoFile } from '../../src/readers/pseudo-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

const U64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

function open(text: string): { readonly file: PseudoFile; readonly write: (text: string) => void } {
  const path = join(temporaryFolder({ value: text }), 'value')
  const file = openPseudoFile(path)
  onTestFinished(() => file.close())
  return { file, write: (next) => writeFileSync(path, next) }
}

test('a file that stays open is read from its start each time', () => {
  const { file, write } = open('1\n')
  const read = [file.readNumber()]
  for (const text of ['18446744073709551615\n', '42\n', '0\n', '7']) {
    write(text)
    read.push(file.readNumber())
  }
  expect(read).toEqual([1, 2 ** 64, 42, 0, 7])
})

test('a u64 is exact to 2^53 and the nearest double beyond', () => {
  const { file, write } = open('0\n')
  fc.assert(
    fc.property(fc.oneof(U64, fc.bigInt({ min: 0n, max: 2n ** 53n })), (value) => {
      write(`${value}\n`)
      const read = file.readNumber()
      expect(read).toBe(Number(value))
      if (value <= 2n ** 53n) expect(BigInt(read)).toBe(value)
    }),
  )
})

test('a counter that does not fall is never read as one that does, however large', () => {
  const { file, write } = open('0\n')
  const near = fc.tuple(U64, fc.bigInt({ min: 0n, max: 5_000n })).map(([a, step]) => [a, a + step] as const)
  fc.assert(
    fc.property(fc.oneof(near, fc.tuple(U64, U64)), ([a, b]) => {
      const read = [a < b ? a : b, a < b ? b : a].map((value) => {
        write(`${value}\n`)
        return file.readNumber()
      })
      expect(read[0]).toBeLessThanOrEqual(read[1]!)
    }),
  )
})

test.each(['', '\n', ' 1\n', '-1\n', '1.5\n', '0x10\n', '1 2\n', 'nonsense\n', '1\n2\n'])('%j is no number', (text) => {
  const { file } = open(text)
  expect(() => file.readNumber()).toThrow(
    expect.objectContaining({
      code: 'EBADMSG',
      path: file.path,
      message: `${file.path}: ${JSON.stringify(text)} is no number`,
    }),
  )
})

test('what the kernel refuses is thrown with the path', () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'directory'))
  const directory = openPseudoFile(join(folder, 'directory'))
  onTestFinished(() => directory.close())
  expect(() => directory.readNumber()).toThrow(
    expect.objectContaining({ code: 'EISDIR', path: join(folder, 'directory') }),
  )
  expect(() => openPseudoFile(join(folder, 'missing'))).toThrow(
    expect.objectContaining({ code: 'ENOENT', path: join(folder, 'missing') }),
  )
})

test('a text of any length is read whole, also after a shorter and before a longer one', () => {
  const { file, write } = open('')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
      const text = 'line of 16 bytes'.repeat(length / 16) + 'x'.repeat(length % 16)
      write(text)
      const read = file.readText()
      expect([read.length, read.equals(Buffer.from(text))]).toEqual([length, true])
    }),
    { numRuns: 50, examples: [[5000], [4095], [4096], [4097], [8192], [70_000]] },
  )
})

/** A file of the seq_file manner, longer than a page and always the same. Its pages end with whole lines. */
const SEQ_FILE = '/proc/crypto'
const length = existsSync(SEQ_FILE) ? readFileSync(SEQ_FILE).length : 0

test.runIf(length > 4096)(
  'a file that the kernel hands out page by page is read whole (skipped without a long /proc/crypto)',
  () => {
    const file = openPseudoFile(SEQ_FILE)
    onTestFinished(() => file.close())
    expect(file.readText().toString()).toBe(readFileSync(SEQ_FILE, 'utf8'))
  },
)
