import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'

import { createEthtool } from '../../../ethtool/src/ethtool.ts'
import { fakeKernel } from '../../../ethtool/test/fake-kernel.ts'
import { fixture, type Replies } from '../../../ethtool/test/fixture.ts'
import { gstats, statistics } from '../../../ethtool/test/replies.ts'
import { COUNTERS } from '../../src/table.ts'
import type { Reader } from '../../src/readers/block.ts'
import { openEthtoolStatistics } from '../../src/readers/ethtool.ts'

const ENA_ROWS = new Set(COUNTERS.filter(({ from }) => from === 'ethtool').map(({ key }) => key))

/** A reader of eth0 over a kernel that answers with `replies`, which may be changed later. */
function open(replies: Replies, driver = 'ena', wanted?: RegExp): Reader | undefined {
  const ethtool = createEthtool(fakeKernel({ eth0: replies }), 5)
  onTestFinished(() => ethtool.close())
  return openEthtoolStatistics(ethtool, 'eth0', driver, wanted)
}

function read(reader: Reader | undefined): [outcome: string, values: [string, number][]] {
  if (!reader) return ['none', []]
  const outcome = reader.read('all')
  return [outcome, reader.block.names.map((name, i) => [name, reader.block.values[i]!])]
}

test.each(['ena-2.12', 'ena-2.17', 'ena-upstream-6.1', 'ena-upstream-6.12'])(
  'of %s the rows of the metrics table are read that the driver has, in its order',
  (name) => {
    const replies = fixture(name)
    const ethtool = createEthtool(fakeKernel({ eth0: replies }), 5)
    onTestFinished(() => ethtool.close())
    const want = [...ethtool.statistics('eth0')!]
      .filter(([key]) => ENA_ROWS.has(key))
      .map(([key, value]) => [key, Number(value)])
    expect(want.length).toBeGreaterThan(5)
    expect(read(open(replies))).toEqual(['read', want])
  },
)

test('nothing is read of another driver, even with the same names of statistics', () => {
  const replies = statistics({ bw_in_allowance_exceeded: 1n, rx_queue_0_drops: 2n })
  expect(open(replies, 'virtio_net')).toBeUndefined()
  expect(open(replies, '')).toBeUndefined()
})

test('what the expression matches is read beside the rows of the table, of any driver', () => {
  const replies = statistics({ total_resets: 1n, queue_0_tx_cnt: 2n, queue_0_rx_cnt: 3n, other: 4n })
  expect(read(open(replies, 'ena', /tx/))).toEqual([
    'read',
    [
      ['total_resets', 1],
      ['queue_0_tx_cnt', 2],
    ],
  ])
  expect(read(open(replies, 'virtio_net', /^queue_/))).toEqual([
    'read',
    [
      ['queue_0_tx_cnt', 2],
      ['queue_0_rx_cnt', 3],
    ],
  ])
})

test('a driver without statistics, and one with none that is wanted, offer nothing', () => {
  expect([open({}), open(statistics({})), open(statistics({ other: 1n }))]).toEqual([undefined, undefined, undefined])
})

test('what the expression asks for is read from when the driver has it', () => {
  const replies: Replies = { ...statistics({ other: 1n }) }
  const silent: Replies = {}
  const readers = [open(replies, 'virtio_net', /^queue_/), open(silent, 'virtio_net', /^queue_/)]
  const reads = readers.map(read)
  for (const driver of [replies, silent]) Object.assign(driver, statistics({ other: 1n, queue_0_tx_cnt: 2n }))
  reads.push(...readers.map(read), ...readers.map(read))
  const after = [['queue_0_tx_cnt', 2]]
  expect(reads).toEqual([
    ['read', []],
    ['read', []],
    ['changed', after],
    ['changed', after],
    ['read', after],
    ['read', after],
  ])
})

test('no name comes twice, for any names of the driver', () => {
  const name = fc.constantFrom('a', 'a#2', 'a#3', 'a#2#2', 'b')
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 12 }), (names) => {
      const ethtool = createEthtool(
        fakeKernel({ eth0: statistics(names.map((key, i) => [key, BigInt(i)] as const)) }),
        5,
      )
      const reader = openEthtoolStatistics(ethtool, 'eth0', undefined, /./)
      reader?.read('all')
      const { names: keys, values } = reader!.block
      const whole = [...ethtool.statistics('eth0')!]
      ethtool.close()
      expect(keys.map((key, i) => [key, BigInt(values[i]!)])).toEqual(whole)
      expect(new Set(keys).size).toBe(names.length)
    }),
  )
})

test('the block’s arrays stay the same from read to read', () => {
  const replies: Replies = { ...statistics({ total_resets: 1n }) }
  const reader = open(replies)!
  reader.read('all')
  const { names, values } = reader.block
  replies.ETHTOOL_GSTATS = gstats([2n])
  expect(reader.read('all')).toBe('read')
  expect(reader.block.names).toBe(names)
  expect(reader.block.values).toBe(values)
  expect([...values]).toEqual([2])
})

test('a u64 is exact to 2^53 and the nearest double beyond, so that no rising counter falls', () => {
  const replies: Replies = { ...statistics({ total_resets: 0n, interface_up: 0n }) }
  const reader = open(replies)!
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  const around = fc
    .tuple(u64, fc.bigInt({ min: 0n, max: 5_000n }))
    .map(([a, step]) => [a, a + step < 2n ** 64n ? a + step : a] as const)
  fc.assert(
    fc.property(fc.oneof(around, fc.tuple(u64, u64), fc.tuple(fc.bigInt(0n, 2n ** 53n), u64)), ([a, b]) => {
      replies.ETHTOOL_GSTATS = gstats([a, b])
      reader.read('all')
      const [first, second] = reader.block.values
      expect([first, second]).toEqual([Number(a), Number(b)])
      if (a <= 2n ** 53n) expect(BigInt(first!)).toBe(a)
      expect(a <= b ? first! <= second! : first! >= second!).toBe(true)
    }),
  )
})

test('an interface that is gone is ENODEV, at opening and at reading', () => {
  const interfaces: Record<string, Replies> = { eth0: statistics({ total_resets: 1n }) }
  const ethtool = createEthtool(fakeKernel(interfaces), 5)
  onTestFinished(() => ethtool.close())
  const reader = openEthtoolStatistics(ethtool, 'eth0', 'ena', undefined)!
  reader.read('all')
  delete interfaces['eth0']
  const gone = expect.objectContaining({ code: 'ENODEV', interface: 'eth0' })
  expect(() => reader.read('all')).toThrow(gone)
  expect(() => openEthtoolStatistics(ethtool, 'eth0', 'ena', undefined)).toThrow(gone)
})

test('commands of the driver without an answer are reported, and not shown unless they are asked for', () => {
  const replied = (noCompletion: bigint, aborted = 7n): Replies =>
    statistics({ ena_admin_q_aborted_cmd: aborted, total_resets: 1n, ena_admin_q_no_completion: noCompletion })
  const replies: Replies = { ...replied(2n) }
  const reader = open(replies)!
  const isUnanswered = (now: Replies): boolean | undefined => {
    Object.assign(replies, now)
    expect(read(reader)[1]).toEqual([['total_resets', 1]])
    return reader.isUnanswered?.()
  }
  expect([replied(2n), replied(3n), replied(3n), replied(3n, 8n)].map(isUnanswered)).toEqual([false, true, false, true])
  const shown = read(open(replies, 'ena', /no_completion/))[1].map(([name]) => name)
  expect(shown).toEqual(['total_resets', 'ena_admin_q_no_completion'])
})
