import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CHANGED } from '../src/settle.ts'
import { decodeStringCount, decodeStrings, encodeStringCount, encodeStrings, readNames } from '../src/string-set.ts'
import { fakeKernel } from './fake-kernel.ts'
import type { Replies } from './fixture.ts'
import { gstrings, ssetInfo, statistics } from './replies.ts'
import { expectEveryTruncationToThrow } from './truncation.ts'

const name = fc.string({
  maxLength: 32,
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
})

describe('names', () => {
  test('decode to the strings the reply was made of, with blanks and without a NUL in a full one', () => {
    fc.assert(
      fc.property(fc.array(name, { maxLength: 40 }), (list) => {
        expect(decodeStrings(gstrings(list))).toEqual(list)
      }),
    )
    const full = 'queue_0_tx_pending_timedout_pkts'
    expect(decodeStrings(gstrings([full, 'rx_ok  ', 'next']))).toEqual([full, 'rx_ok  ', 'next'])
  })

  test('end at their NUL and not at the next name’s', () => {
    expect(decodeStrings(gstrings(['a\0b', 'c']))).toEqual(['a', 'c'])
  })

  test('are refused when the reply is truncated', () => {
    expectEveryTruncationToThrow(gstrings(['a', 'b', 'c']), decodeStrings)
  })

  test('are refused when the reply says it has more than it holds', () => {
    const reply = gstrings(['a', 'b'])
    reply.writeUInt32LE(0xffffffff, 8)
    expect(() => decodeStrings(reply)).toThrow(RangeError)
  })
})

describe('the count', () => {
  test('decodes to what the reply was made of', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 << 20 }), (count) => {
        expect(decodeStringCount(ssetInfo(count))).toBe(count)
      }),
    )
  })

  test('is undefined when the kernel cleared the bit, for any count in its place', () => {
    const reply = ssetInfo(undefined)
    reply.writeUInt32LE(9, 16)
    expect(decodeStringCount(reply)).toBeUndefined()
  })

  test('is refused when no driver could have so many', () => {
    expect(() => decodeStringCount(ssetInfo(0xffffffff))).toThrow(/at most 1048576 strings, got 4294967295/)
  })

  test('is refused when the reply is truncated', () => {
    expectEveryTruncationToThrow(ssetInfo(3), decodeStringCount)
  })
})

test('requests name the set of statistics', () => {
  const count = encodeStringCount()
  expect([count.length, count.readUInt32LE(0), count.readBigUInt64LE(8)]).toEqual([20, 0x37, 2n])
  const strings = encodeStrings(3)
  expect([strings.length, strings.readUInt32LE(0), strings.readUInt32LE(4), strings.readUInt32LE(8)]).toEqual([
    12 + 3 * 32,
    0x1b,
    1,
    3,
  ])
})

describe('reading the names', () => {
  test('takes an absent set, an empty one, ENOTSUP and EINVAL for a driver that offers none', () => {
    expect([
      names({ ETHTOOL_GSSET_INFO: ssetInfo(undefined) }),
      names({ ETHTOOL_GSSET_INFO: ssetInfo(0), ETHTOOL_GSTRINGS: 5 }), // which must not be asked
      names({ ETHTOOL_GSSET_INFO: 95 }),
      names({ ETHTOOL_GSSET_INFO: 22 }),
      names({ ETHTOOL_GSSET_INFO: ssetInfo(2), ETHTOOL_GSTRINGS: 95 }),
      names({ ETHTOOL_GSSET_INFO: ssetInfo(2), ETHTOOL_GSTRINGS: 22 }),
    ]).toEqual(Array.from({ length: 6 }))
  })

  test.each([
    ['checks the length', false, ['a']],
    ['checks the length', false, ['a', 'b', 'c']],
    ['writes what it has', true, ['a']],
    ['writes what it has', true, ['a', 'b', 'c']],
  ])('sees a change between the two calls, with a kernel that %s (%#)', (_, unchecked, now) => {
    const replies = { ...statistics({ a: 1n, b: 2n }), ETHTOOL_GSTRINGS: gstrings(now) }
    expect(readNames(fakeKernel({ eth0: replies }, { unchecked }), 'eth0')).toBe(CHANGED)
  })
})

function names(replies: Replies): unknown {
  return readNames(fakeKernel({ eth0: replies }), 'eth0')
}
