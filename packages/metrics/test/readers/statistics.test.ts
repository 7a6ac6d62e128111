import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import type { Coverage } from '../../src/readers/block.ts'
import { isGone, openStatistics } from '../../src/readers/statistics.ts'
import { temporaryFolder, writeFiles } from './temporary-folder.ts'

// Linux 6.18, net/core/net-sysfs.c, netstat_attrs: in the order of a directory listing.
const NAMES =
  `collisions multicast rx_bytes rx_compressed rx_crc_errors rx_dropped rx_errors rx_fifo_errors rx_frame_errors
  rx_length_errors rx_missed_errors rx_nohandler rx_over_errors rx_packets tx_aborted_errors tx_bytes tx_carrier_errors
  tx_compressed tx_dropped tx_errors tx_fifo_errors tx_heartbeat_errors tx_packets tx_window_errors`.split(/\s+/)

interface Opened {
  readonly net: string
  readonly read: (coverage?: Coverage) => [outcome: string, values: readonly number[]]
  readonly write: (files: Readonly<Record<string, string>>) => void
  readonly reports: readonly string[]
}

/** The reader of an eth0 with these files in `statistics`. `prepare` may spoil them before it opens. */
function openEth0(
  statistics: Readonly<Record<string, string>>,
  prepare: (folder: string) => void = () => undefined,
): Opened {
  const sysfs = temporaryFolder({ 'class/net/eth0/flags': '0x1003\n', 'class/net/eth0/statistics/': '' })
  const net = join(sysfs, 'class/net/eth0')
  writeFiles(join(net, 'statistics'), statistics)
  prepare(join(net, 'statistics'))
  const reports: string[] = []
  const reader = openStatistics(sysfs, 'eth0', ({ path = '', code }) => reports.push(`${basename(path)}: ${code}`))
  onTestFinished(() => reader.close())
  return {
    net,
    reports,
    read: (coverage = 'all') => [reader.read(coverage), [...reader.block.values]],
    write: (files) => writeFiles(net, files),
  }
}

test('all files of an interface are read, in the order of their names', () => {
  const sysfs = temporaryFolder({ 'class/net/eth0/flags': '0x1003\n' })
  const values = Object.fromEntries(NAMES.map((name, i) => [`class/net/eth0/statistics/${name}`, `${i * 1000}\n`]))
  writeFiles(sysfs, values)
  const reader = openStatistics(sysfs, 'eth0', (error) => expect.fail(error.message))
  onTestFinished(() => reader.close())
  expect(reader.read('all')).toBe('read')
  expect(reader.block).toEqual({
    from: 'statistics',
    names: NAMES,
    values: Float64Array.from(NAMES, (_, i) => i * 1000),
  })
})

test('a read of what is sampled leaves out the files that the metrics table has no row for', () => {
  const { read } = openEth0(Object.fromEntries(NAMES.map((name) => [name, '7\n'])))
  const [outcome, values] = read('sampled')
  expect(outcome).toBe('read')
  expect(NAMES.filter((_, i) => values[i] === 7)).toEqual([
    'rx_bytes',
    'rx_dropped',
    'rx_errors',
    'rx_packets',
    'tx_bytes',
    'tx_dropped',
    'tx_errors',
    'tx_packets',
  ])
  expect(values.filter(Number.isNaN)).toHaveLength(16)
  expect(read('all')[1].every((value) => value === 7)).toBe(true)
})

test.runIf(process.platform === 'linux')(
  'the names are those of this machine’s kernel (skipped where it isn’t Linux)',
  () => {
    expect(NAMES).toEqual(expect.arrayContaining(readdirSync('/sys/class/net/lo/statistics')))
  },
)

test('any 24 values come as they are, exact to 2^53 and the nearest double beyond', () => {
  const { read, write } = openEth0(Object.fromEntries(NAMES.map((name) => [name, '0\n'])))
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  fc.assert(
    fc.property(fc.array(u64, { minLength: NAMES.length, maxLength: NAMES.length }), (values) => {
      write(Object.fromEntries(NAMES.map((name, i) => [`statistics/${name}`, `${values[i]}\n`])))
      expect(read()).toEqual(['read', values.map(Number)])
    }),
    { numRuns: 50 },
  )
})

test('an interface that is down is read while it goes on telling what it counted, and has no values when it falls', () => {
  const { read, write } = openEth0({ rx_bytes: '5\n', rx_dropped: '3\n' })
  write({ flags: '0x1002\n' })
  const outcomes = [read()[0]]
  // The kernel adds drops of its own to the driver's zeros.
  for (const dropped of [3, 3, 4]) {
    write({ 'statistics/rx_bytes': '0\n', 'statistics/rx_dropped': `${dropped}\n` })
    outcomes.push(read()[0])
  }
  write({ flags: '0x11043\n', 'statistics/rx_bytes': '6\n' })
  expect([...outcomes, read()]).toEqual(['read', 'absent', 'absent', 'absent', ['read', [6, 4]]])
})

test.each<[what: string, prepare: (path: string) => void, code: string]>([
  ['can not be opened', (path) => symlinkSync('nowhere', path), 'ENOENT'],
  ['the kernel refuses to read', (path) => mkdirSync(path), 'EISDIR'],
  ['holds garbage', (path) => writeFileSync(path, 'none\n'), 'EBADMSG'],
  ['is empty', (path) => writeFileSync(path, ''), 'EBADMSG'],
])('a file that %s is skipped and reported once, the others are read', (_what, prepare, code) => {
  const spoil = (folder: string): void => prepare(join(folder, 'rx_dropped'))
  const { read, reports, write } = openEth0({ rx_bytes: '1\n', tx_bytes: '3\n' }, spoil)
  const reads = [read(), read()]
  write({ 'statistics/rx_bytes': '9\n' })
  expect([...reads, read()]).toEqual([
    ['read', [1, Number.NaN, 3]],
    ['read', [1, Number.NaN, 3]],
    ['read', [9, Number.NaN, 3]],
  ])
  expect(reports).toEqual([`rx_dropped: ${code}`])
})

test('a file that fails in the middle of its life is skipped from then on', () => {
  const { read, reports, write } = openEth0({ rx_bytes: '1\n', rx_dropped: '2\n', tx_bytes: '3\n' })
  const reads = [read()]
  write({ 'statistics/rx_dropped': 'x\n' })
  reads.push(read())
  write({ 'statistics/rx_dropped': '4\n' })
  expect([...reads, read()]).toEqual([
    ['read', [1, 2, 3]],
    ['read', [1, Number.NaN, 3]],
    ['read', [1, Number.NaN, 3]],
  ])
  expect(reports).toHaveLength(1)
})

test('what is reported is an error like the system’s own', () => {
  const sysfs = temporaryFolder({ 'class/net/eth0/flags': '0x1003\n', 'class/net/eth0/statistics/': '' })
  const path = join(sysfs, 'class/net/eth0/statistics/rx_bytes')
  symlinkSync('nowhere', path)
  const reports: unknown[] = []
  openStatistics(sysfs, 'eth0', (error) => reports.push(error)).close()
  expect(reports).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/^skipped: ENOENT: no such file/), code: 'ENOENT', path }),
  ])
})

test.runIf(process.platform === 'linux')(
  'without file descriptors nothing is opened and nothing skipped: it is tried again (skipped where it isn’t Linux)',
  async () => {
    const files = Array.from({ length: 60 }, (_, i) => [`class/net/eth0/statistics/s${i}`, '1\n'])
    const sysfs = temporaryFolder({ ...Object.fromEntries(files), 'class/net/eth0/flags': '0x1003\n' })
    const program = `
      import { readdirSync } from 'node:fs'
      import { openStatistics } from '${new URL('../../src/readers/statistics.ts', import.meta.url).href}'
      const open = () => readdirSync('/proc/self/fd').length
      const before = open()
      const leftOut = []
      try {
        openStatistics(process.argv[1], 'eth0', ({ message }) => leftOut.push(message))
        console.log(JSON.stringify(['opened', leftOut.length]))
      } catch (error) {
        console.log(JSON.stringify([error.code, leftOut.length, open() - before]))
      }`
    const limited = ['-c', 'ulimit -n 64 && exec "$0" --input-type=module --eval "$1" "$2"', process.execPath]
    const { stdout } = await promisify(execFile)('sh', [...limited, program, sysfs])
    expect(JSON.parse(stdout)).toEqual(['EMFILE', 0, 0])
  },
)

/** How many files this process has open. */
const openFiles = (): number => readdirSync('/proc/self/fd').length

test('no file stays open when it can not be opened whole, or is closed', () => {
  const sysfs = temporaryFolder({ 'class/net/eth0/flags': '0x1003\n' })
  const before = openFiles()
  for (const name of ['eth0', 'eth1'])
    expect(() => openStatistics(sysfs, name, () => undefined)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  writeFiles(sysfs, { 'class/net/eth0/statistics/rx_bytes': '1\n', 'class/net/eth0/statistics/tx_bytes': 'x\n' })
  const reader = openStatistics(sysfs, 'eth0', () => undefined)
  reader.read('all')
  reader.close()
  rmSync(join(sysfs, 'class/net/eth0/flags'))
  expect(() => openStatistics(sysfs, 'eth0', () => undefined)).toThrow('ENOENT')
  expect(openFiles()).toBe(before)
})

test('gone is what sysfs says with ENODEV or ENOENT, and nothing else', () => {
  expect(['ENODEV', 'ENOENT', 'EINVAL', 'EBADMSG', undefined].filter((code) => isGone({ code }))).toEqual([
    'ENODEV',
    'ENOENT',
  ])
})
