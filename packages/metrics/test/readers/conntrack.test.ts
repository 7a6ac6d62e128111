import { readdirSync, readFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { openConntrack } from '../../src/readers/conntrack.ts'
import { temporaryFolder, writeFiles } from './temporary-folder.ts'

const COUNT = 'sys/net/netfilter/nf_conntrack_count'
const MAX = 'sys/net/netfilter/nf_conntrack_max'
const STAT = 'net/stat/nf_conntrack'

// ct_cpu_seq_show, net/netfilter/nf_conntrack_standalone.c. `searched` became `clashres` in 5.10, `delete_list` `chainlength` in 5.15.
const BEFORE_5_10 =
  'entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart'
const SINCE_5_15 =
  'entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart'

/** As the kernel prints it: a line of names, then a line a processor of `%08x`. */
function table(header: string, rows: readonly (readonly number[])[]): string {
  const lines = rows.map((row) => row.map((value) => value.toString(16).padStart(8, '0')).join(' '))
  return [header, ...lines, ''].join('\n')
}

/** What is read of these files, by name; `undefined` when there is nothing to open. */
function read(files: Readonly<Record<string, string>>): Readonly<Record<string, number>> | undefined {
  const reader = openConntrack(temporaryFolder(files))
  if (!reader) return undefined
  onTestFinished(() => reader.close())
  expect(reader.read('all')).toBe('read')
  expect(reader.block.values).toHaveLength(reader.block.names.length)
  return Object.fromEntries(reader.block.names.map((name, i) => [name, reader.block.values[i]!]))
}

test('the table that a kernel 6.18 with two processors printed is read', () => {
  const captured = readFileSync(new URL('fixtures/nf_conntrack-6.18-2-cpus.txt', import.meta.url), 'utf8')
  const columns = Object.fromEntries(SINCE_5_15.split(/ +/).map((name) => [name, 0]))
  expect(read({ [COUNT]: '12\n', [MAX]: '262144\n', [STAT]: captured })).toEqual({
    nf_conntrack_count: 12,
    nf_conntrack_max: 262_144,
    ...columns,
  })
})

test('on another kernel a counter is found by its name, not by its place', () => {
  const old = read({ [STAT]: table(BEFORE_5_10, [BEFORE_5_10.split(/ +/).map((_, i) => i)]) })
  expect([old?.['searched'], old?.['clashres'], old?.['insert_failed'], old?.['drop']]).toEqual([1, undefined, 9, 10])
  const fewer = read({ [STAT]: table('entries drop insert_failed', [[1, 2, 3]]) })
  expect([fewer?.['insert_failed'], fewer?.['drop'], fewer?.['early_drop']]).toEqual([3, 2, undefined])
  const more = read({ [STAT]: table(`${SINCE_5_15} brand_new`, [Array.from({ length: 18 }, (_, i) => i)]) })
  expect([more?.['drop'], more?.['brand_new']]).toEqual([10, 17])
})

test('a processor that begins again at 0 after 32 bits makes no sum fall', () => {
  const procfs = temporaryFolder()
  const sum = (...cells: readonly number[]): number => {
    writeFiles(procfs, {
      [STAT]: table('entries drop', [
        [7, cells[0]!],
        [7, cells[1]!],
      ]),
    })
    reader.read('all')
    return reader.block.values[3]!
  }
  writeFiles(procfs, { [STAT]: table('entries drop', []) })
  const reader = openConntrack(procfs)!
  onTestFinished(() => reader.close())
  const before = sum(0xff_ff_ff_f0, 0xc0_00_00_00)
  expect(sum(0x00_00_00_10, 0xc0_00_00_00)).toBe(before + 0x20)
  expect(sum(0x00_00_00_11, 0xc0_00_00_01)).toBe(before + 0x22)
})

test('a table of 192 processors, seven times the size of a page, is read whole', () => {
  const rows = Array.from({ length: 192 }, (_, cpu) => Array.from({ length: 17 }, () => cpu))
  const text = table(SINCE_5_15, rows)
  expect(text.length).toBeGreaterThan(7 * 4096)
  expect(read({ [STAT]: text })?.['search_restart']).toBe((192 * 191) / 2)
})

test('the sums of any table are the sums of its columns', () => {
  const name = fc.stringMatching(/^[a-z_]{1,12}$/)
  const procfs = temporaryFolder()
  const tables = fc.uniqueArray(name, { minLength: 1, maxLength: 20 }).chain((names) => {
    const row = fc.array(fc.nat({ max: 0xff_ff_ff_ff }), { minLength: names.length, maxLength: names.length })
    return fc.tuple(fc.constant(names), fc.array(row, { maxLength: 9 }))
  })
  fc.assert(
    fc.property(tables, ([names, rows]) => {
      writeFiles(procfs, { [STAT]: table(names.join(' '), rows) })
      const reader = openConntrack(procfs)!
      reader.read('all')
      const { names: columns, values } = reader.block
      reader.close()
      expect([columns.slice(2), Array.from(values.slice(2))]).toEqual([
        names,
        names.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0)),
      ])
    }),
  )
})

test('each read gives the table as it is then', () => {
  const procfs = temporaryFolder({ [COUNT]: '1\n', [MAX]: '8\n', [STAT]: table('drop', [[3]]) })
  const reader = openConntrack(procfs)!
  onTestFinished(() => reader.close())
  reader.read('all')
  const before = [...reader.block.values]
  writeFiles(procfs, { [COUNT]: '2\n', [STAT]: table('drop', [[3], [4]]) })
  reader.read('all')
  expect([before, [...reader.block.values]]).toEqual([
    [1, 8, 3],
    [2, 8, 7],
  ])
})

test('without the kernel module there is nothing to read', () => {
  expect(read({})).toBeUndefined()
})

test('what a kernel leaves out has no value, and an empty table has no counters', () => {
  expect(read({ [COUNT]: '5\n' })).toEqual({ nf_conntrack_count: 5, nf_conntrack_max: Number.NaN })
  expect(read({ [MAX]: '5\n', [STAT]: '' })).toEqual({ nf_conntrack_count: Number.NaN, nf_conntrack_max: 5 })
})

test('a table with anything but hexadecimal numbers is refused', () => {
  const reader = openConntrack(temporaryFolder({ [STAT]: 'drop\n0000000g\n' }))!
  onTestFinished(() => reader.close())
  expect(() => reader.read('all')).toThrow(
    expect.objectContaining({ code: 'EBADMSG', message: expect.stringContaining('"g" is no hexadecimal digit') }),
  )
})

test('no file stays open when another one of them can not be read', () => {
  const procfs = temporaryFolder({ [COUNT]: '1\n', [MAX]: '8\n' })
  mkdirSync(join(procfs, STAT), { recursive: true })
  const before = readdirSync('/proc/self/fd').length
  expect(() => openConntrack(procfs)).toThrow(expect.objectContaining({ code: 'EISDIR' }))
  expect(readdirSync('/proc/self/fd')).toHaveLength(before)
})

test.runIf(process.platform === 'linux')('this machine’s own table is read (skipped where it isn’t Linux)', () => {
  const reader = openConntrack('/proc')
  reader?.read('all')
  reader?.close()
  expect([...(reader?.block.values ?? [0])].every((value) => value >= 0 || Number.isNaN(value))).toBe(true)
})
