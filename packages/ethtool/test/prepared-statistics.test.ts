import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StatisticsReader, type ReaderOptions } from '../src/prepared-statistics.ts'
import { fakeKernel, type FakeOptions } from './fake-kernel.ts'
import type { Replies } from './fixture.ts'
import { gstats, gstrings, ssetInfo, statistics } from './replies.ts'

interface Setup extends FakeOptions {
  readonly filter?: ReaderOptions['filter']
  readonly attempts?: number
}

function prepare(
  interfaces: Record<string, Replies>,
  { filter, attempts = 5, ...options }: Setup = {},
): StatisticsReader {
  return new StatisticsReader({ kernel: fakeKernel(interfaces, options), interfaceName: 'eth0', attempts, filter })
}

const numbered = (names: readonly string[]): Replies =>
  statistics(names.map((name, index) => [name, BigInt(index)] as const))
const contents = (reader: StatisticsReader): unknown => ({ names: reader.names, values: [...reader.values] })

describe('with a set that stays', () => {
  test('read() fills the same arrays in place and reports no change', () => {
    const interfaces = { eth0: statistics({ a: 1n, b: 2n ** 64n - 1n, c: 2n ** 53n + 1n }) }
    const reader = prepare(interfaces)
    const { names, values } = reader
    expect(contents(reader)).toEqual({ names: ['a', 'b', 'c'], values: [0n, 0n, 0n] })
    expect(reader.read()).toBe(false)
    expect([...values]).toEqual([1n, 2n ** 64n - 1n, 2n ** 53n + 1n])
    interfaces.eth0.ETHTOOL_GSTATS = gstats([4n, 5n, 6n])
    expect(reader.read()).toBe(false)
    expect([...values]).toEqual([4n, 5n, 6n])
    expect([reader.names, reader.values]).toEqual([names, values])
    expect(reader.values).toBe(values)
  })

  test('a filter keeps the names it says yes to, duplicates with their own values', () => {
    const entries = [
      ['rx', 1n],
      ['tx', 2n],
      ['rx', 3n],
      ['err', 4n],
    ] as const
    const reader = prepare({ eth0: statistics(entries) }, { filter: (name) => name !== 'tx' })
    reader.read()
    expect(contents(reader)).toEqual({ names: ['rx', 'rx', 'err'], values: [1n, 3n, 4n] })
  })

  test('a filter that keeps nothing leaves nothing, and read() still notices that the interface is gone', () => {
    const interfaces: Record<string, Replies> = { eth0: statistics({ a: 1n }) }
    const reader = prepare(interfaces, { filter: () => false })
    expect([reader.read(), contents(reader)]).toEqual([false, { names: [], values: [] }])
    delete interfaces['eth0']
    expect(() => reader.read()).toThrow(expect.objectContaining({ code: 'ENODEV' }))
  })

  test('an answer without entries that comes once is asked for again, and is no change', () => {
    const interfaces = { eth0: statistics({ a: 1n, b: 2n }) }
    let refusals = 1
    const reader = prepare(interfaces, {
      before(command) {
        if (command === 'ETHTOOL_GSTATS')
          interfaces.eth0.ETHTOOL_GSTATS = refusals-- > 0 ? gstats([]) : gstats([3n, 4n])
      },
    })
    const { values } = reader
    expect(reader.read()).toBe(false)
    expect([reader.values === values, [...values]]).toEqual([true, [3n, 4n]])
  })
})

describe.each([
  ['checks the length', false],
  ['writes all it has', true],
])('with a kernel that %s', (_, unchecked) => {
  test('read() reports a set that changed in number and has it whole', () => {
    const names = fc.uniqueArray(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(names, names, (before, after) => {
        fc.pre(before.length !== after.length)
        const interfaces = { eth0: numbered(before) }
        const reader = prepare(interfaces, { unchecked })
        expect(reader.read()).toBe(false)
        interfaces.eth0 = numbered(after)
        expect(reader.read()).toBe(true)
        expect(contents(reader)).toEqual({ names: after, values: after.map((__, index) => BigInt(index)) })
        expect(reader.read()).toBe(false)
      }),
    )
  })

  test('a set that changes between the strings and the values is read again', () => {
    const sets = [statistics({ a: 1n, b: 2n, c: 3n }), statistics({ a: 4n }), statistics({ x: 5n, y: 6n })]
    const interfaces: Record<string, Replies> = { eth0: statistics({ a: 0n, b: 0n }) }
    let armed = false
    const reader = prepare(interfaces, {
      unchecked,
      before(command) {
        const next = armed && command === 'ETHTOOL_GSTATS' ? sets.shift() : undefined
        if (next !== undefined) interfaces['eth0'] = next
      },
    })
    armed = true
    expect(reader.read()).toBe(true)
    expect(contents(reader)).toEqual({ names: ['x', 'y'], values: [5n, 6n] })
  })

  test('a set that never settles is an error after the attempts, and no endless loop', () => {
    const interfaces: Record<string, Replies> = { eth0: statistics({ a: 1n }) }
    let size = 1
    let calls = 0
    const reader = prepare(interfaces, {
      unchecked,
      attempts: 3,
      before(command) {
        if (command !== 'ETHTOOL_GSTATS') return
        calls++
        size = (size % 5) + 1
        interfaces['eth0'] = statistics(Array.from({ length: size }, (__, index) => [`s${index}`, 1n] as const))
      },
    })
    expect(() => reader.read()).toThrow(expect.objectContaining({ code: 'ERR_ETHTOOL_UNSETTLED', interface: 'eth0' }))
    expect(calls).toBe(4) // the prepared one and three more
  })

  test('a driver that returns fewer values than it promised is an error', () => {
    const interfaces = { eth0: { ...statistics({ a: 1n, b: 2n }), ETHTOOL_GSTATS: gstats([1n]) } }
    expect(() => prepare(interfaces, { unchecked }).read()).toThrow(
      expect.objectContaining({ code: 'ERR_ETHTOOL_UNSETTLED' }),
    )
  })
})

describe('with another device behind the name', () => {
  test('the same number of other names is noticed, and the values are not mixed up', () => {
    const interfaces = { eth0: statistics({ a: 1n, b: 2n }) }
    let index = 4
    const reader = prepare(interfaces, { interfaceIndex: () => index })
    reader.read()
    interfaces.eth0 = statistics({ b: 3n, a: 4n })
    index = 5
    expect(reader.read()).toBe(true)
    expect(contents(reader)).toEqual({ names: ['b', 'a'], values: [3n, 4n] })
    expect(reader.read()).toBe(false)
  })

  test('the same names are a change as well, because their counters restarted', () => {
    const interfaces = { eth0: statistics({ a: 1n }) }
    let index = 4
    const reader = prepare(interfaces, { interfaceIndex: () => index })
    const { values } = reader
    index = 5
    expect([reader.read(), reader.values === values]).toEqual([true, false])
  })

  test('a device exchanged between the values and their check does not pass its values off as the old one’s', () => {
    const interfaces = { eth0: statistics({ a: 1n, b: 2n }) }
    let index = 4
    let armed = false
    const reader = prepare(interfaces, {
      interfaceIndex: () => index,
      before(command) {
        if (!armed || command !== 'ETHTOOL_GSTATS') return
        armed = false
        index = 5
        interfaces.eth0 = statistics({ b: 3n, a: 4n })
      },
    })
    const { values } = reader
    armed = true
    expect(reader.read()).toBe(true)
    expect([contents(reader), [...values]]).toEqual([{ names: ['b', 'a'], values: [3n, 4n] }, [0n, 0n]])
  })

  test('an interface that returns is a change, reported by the first read that succeeds', () => {
    const interfaces: Record<string, Replies> = { eth0: statistics({ a: 1n }) }
    let index = 4
    const reader = prepare(interfaces, { interfaceIndex: () => index })
    delete interfaces['eth0']
    expect(() => reader.read()).toThrow(expect.objectContaining({ code: 'ENODEV' }))
    interfaces['eth0'] = { ...statistics({ a: 2n, b: 3n }), ETHTOOL_GSTATS: 16 }
    index = 5
    expect(() => reader.read()).toThrow(expect.objectContaining({ code: 'EBUSY' }))
    interfaces['eth0'] = statistics({ a: 2n, b: 3n })
    expect([reader.read(), contents(reader)]).toEqual([true, { names: ['a', 'b'], values: [2n, 3n] }])
  })
})

describe('with a driver that offers none', () => {
  test.each<[string, Replies]>([
    ['no set', { ETHTOOL_GSSET_INFO: ssetInfo(undefined) }],
    ['an empty set', { ETHTOOL_GSSET_INFO: ssetInfo(0) }],
    ['ENOTSUP', {}],
    ['names without values (ENOTSUP)', { ...statistics({ a: 1n }), ETHTOOL_GSTATS: 95 }],
    ['names without values (EINVAL)', { ...statistics({ a: 1n }), ETHTOOL_GSTATS: 22 }],
  ])('%s: nothing is there after read(), and appears when it does', (_, replies) => {
    const interfaces = { eth0: replies }
    const reader = prepare(interfaces)
    reader.read()
    expect([reader.read(), reader.read(), contents(reader)]).toEqual([false, false, { names: [], values: [] }])
    interfaces.eth0 = statistics({ b: 9n })
    expect([reader.read(), contents(reader)]).toEqual([true, { names: ['b'], values: [9n] }])
    interfaces.eth0 = replies
    expect([reader.read(), contents(reader)]).toEqual([true, { names: [], values: [] }])
  })
})

describe('closing', () => {
  test('frees the memory once, and reading after it is an error', () => {
    const freed: Buffer[] = []
    const reader = prepare({ eth0: statistics({ a: 1n }) }, { free: (payload) => freed.push(payload) })
    reader.close()
    reader.close()
    reader[Symbol.dispose]()
    expect(freed).toHaveLength(1)
    expect(() => reader.read()).toThrow(expect.objectContaining({ code: 'ERR_ETHTOOL_CLOSED', interface: 'eth0' }))
  })

  test('a change frees the memory of the set before', () => {
    const freed: number[] = []
    const interfaces = { eth0: statistics({ a: 1n }) }
    const reader = prepare(interfaces, { free: (payload) => freed.push(payload.length) })
    interfaces.eth0 = statistics({ a: 1n, b: 2n })
    reader.read()
    expect(freed).toEqual([16])
  })
})

test('a request says how many names there are and carries exactly as much room', () => {
  const kernel = fakeKernel({ eth0: { ...statistics({ a: 1n, b: 2n }), ETHTOOL_GSTRINGS: gstrings(['a', 'b']) } })
  const sent: number[][] = []
  const reader = new StatisticsReader({
    kernel: {
      ...kernel,
      call(name, payload) {
        if (payload.readUInt32LE(0) === 0x1d) sent.push([payload.length, payload.readUInt32LE(4)])
        kernel.call(name, payload)
      },
    },
    interfaceName: 'eth0',
    attempts: 1,
  })
  reader.read()
  reader.read()
  expect(sent).toEqual([
    [24, 2],
    [24, 2],
  ])
})
