import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeStatistics, encodeStatistics, statisticsMap, statisticsSize } from '../src/statistics.ts'
import { gstats } from './replies.ts'

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

function words(reply: Buffer): Int32Array {
  const copy = Uint8Array.from(reply)
  return new Int32Array(copy.buffer, 0, Math.floor(copy.length / 4))
}

function decode(reply: Buffer, count: number, selected: readonly number[]): bigint[] | undefined {
  const values = new BigUint64Array(selected.length)
  const done = decodeStatistics(words(reply), count, Int32Array.from(selected), new Int32Array(values.buffer))
  return done ? [...values] : undefined
}

describe('values', () => {
  test('decode to the numbers the reply was made of, those that were selected', () => {
    const reply = fc.array(fc.tuple(u64, fc.boolean()), { maxLength: 60 })
    fc.assert(
      fc.property(reply, (entries) => {
        const values = entries.map(([value]) => value)
        const selected = entries.flatMap(([, chosen], index) => (chosen ? [index] : []))
        expect(decode(gstats(values), values.length, selected)).toEqual(selected.map((index) => values[index]))
      }),
    )
  })

  test('are left alone when the reply has another number of them', () => {
    fc.assert(
      fc.property(fc.array(u64, { maxLength: 9 }), fc.integer({ min: 0, max: 9 }), (values, count) => {
        fc.pre(values.length !== count)
        const target = new Int32Array(2 * count).fill(7)
        expect(decodeStatistics(words(gstats(values)), count, Int32Array.from(Array(count).keys()), target)).toBe(false)
        expect([...target]).toEqual(Array(2 * count).fill(7))
      }),
    )
  })

  test('are refused when the reply is truncated, and where a position lies outside it', () => {
    const reply = gstats([1n, 2n, 3n])
    expect(decode(reply, 3, [0, 1, 2])).toEqual([1n, 2n, 3n])
    for (let length = 0; length < reply.length; length++) {
      expect(() => decode(reply.subarray(0, length), 3, []), `${length} bytes`).toThrow(RangeError)
    }
    for (const position of [-1, 3, 2 ** 31 - 1]) expect(() => decode(reply, 3, [position])).toThrow(RangeError)
  })
})

test('a request says how many values there is room for', () => {
  const request = new Int32Array(statisticsSize(3) / 4)
  encodeStatistics(request, 3)
  expect([...request]).toEqual([0x1d, 3, 0, 0, 0, 0, 0, 0])
})

describe('the map', () => {
  test('keeps the order and every value, however often a name comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'a#2', 'a#2#2', ''), u64)), (entries) => {
        const map = statisticsMap(
          entries.map(([name]) => name),
          BigUint64Array.from(entries.map(([, value]) => value)),
        )
        expect([...map.values()]).toEqual(entries.map(([, value]) => value))
      }),
    )
  })

  test('numbers the names that come again without taking one that is another’s', () => {
    const map = statisticsMap(['rx', 'rx', 'rx#2', 'rx', 'tx'], BigUint64Array.of(1n, 2n, 3n, 4n, 5n))
    expect([...map]).toEqual([
      ['rx', 1n],
      ['rx#3', 2n],
      ['rx#2', 3n],
      ['rx#4', 4n],
      ['tx', 5n],
    ])
  })
})
