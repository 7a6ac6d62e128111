import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeLinkSettings, decodeMaskWords, encodeLinkSettings } from '../src/link-settings.ts'
import { linkSettings } from './replies.ts'
import { expectEveryTruncationToThrow } from './truncation.ts'

const GOOD = { speed: 10_000, duplex: 1, port: 3, autoneg: 1, words: 4 }

const DUPLEXES = new Map([
  [0, 'half'],
  [1, 'full'],
])
const PORTS = new Map([
  [0, 'twisted-pair'],
  [1, 'aui'],
  [2, 'mii'],
  [3, 'fibre'],
  [4, 'bnc'],
  [5, 'direct-attach'],
  [0xef, 'none'],
  [0xff, 'other'],
])

describe('the settings', () => {
  test('decode to the values the reply was made of, unknown ones to undefined', () => {
    const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 2, 3, 4, 5, 0xef, 0xff))
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 0xfffffffe }).filter((speed) => speed !== 0xffff),
        byte,
        byte,
        fc.constantFrom(0, 1),
        fc.integer({ min: 1, max: 127 }),
        (speed, duplex, port, autoneg, words) => {
          expect(decodeLinkSettings(linkSettings({ speed, duplex, port, autoneg, words }))).toEqual({
            speed,
            duplex: DUPLEXES.get(duplex),
            autonegotiation: autoneg === 1,
            port: PORTS.get(port),
          })
        },
      ),
    )
  })

  test.each([0, 0xffff, 0xffffffff])('have no speed when the kernel says %i', (speed) => {
    expect(decodeLinkSettings(linkSettings({ ...GOOD, speed })).speed).toBeUndefined()
  })

  test('are refused when the reply is truncated, in its masks too', () => {
    expectEveryTruncationToThrow(linkSettings(GOOD), decodeLinkSettings)
  })

  test.each([0, -4])('are refused when the kernel answered with %i mask words', (words) => {
    expect(() => decodeLinkSettings(linkSettings({ ...GOOD, words }))).toThrow(/link_mode_masks_nwords.*got/)
  })
})

describe('the number of mask words', () => {
  test('is what the kernel answers, negated', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 127 }), (words) => {
        expect(decodeMaskWords(linkSettings({ ...GOOD, words: -words }))).toBe(words)
      }),
    )
  })

  test.each([0, 4, -128])('can not be had from a reply that says %i', (words) => {
    expect(() => decodeMaskWords(linkSettings({ ...GOOD, words }))).toThrow(RangeError)
  })

  test('is refused when the reply is truncated', () => {
    expectEveryTruncationToThrow(linkSettings({ ...GOOD, words: -4 }), decodeMaskWords)
  })
})

test('a request has room for three masks of the words it asks with', () => {
  const message = encodeLinkSettings(4)
  expect([message.length, message.readUInt32LE(0), message.readInt8(15)]).toEqual([48 + 3 * 4 * 4, 0x4c, 4])
})
