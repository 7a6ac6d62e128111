import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRings, encodeRings } from '../src/rings.ts'
import { nineWords } from './replies.ts'
import { expectEveryTruncationToThrow } from './truncation.ts'

const u32 = fc.integer({ min: 0, max: 0xffffffff })

test('a reply decodes to the numbers it was made of', () => {
  fc.assert(
    fc.property(fc.tuple(u32, u32, u32, u32, u32, u32, u32, u32), (numbers) => {
      const [maxRx, maxRxMini, maxRxJumbo, maxTx, rx, rxMini, rxJumbo, tx] = numbers
      expect(decodeRings(nineWords('ETHTOOL_GRINGPARAM', numbers))).toEqual({
        maxRx,
        maxRxMini,
        maxRxJumbo,
        maxTx,
        rx,
        rxMini,
        rxJumbo,
        tx,
      })
    }),
  )
})

test('a truncated reply throws', () => {
  expectEveryTruncationToThrow(nineWords('ETHTOOL_GRINGPARAM', [1, 2, 3, 4, 5, 6, 7, 8]), decodeRings)
})

test('a request is the command and eight zeros', () => {
  expect(encodeRings()).toEqual(Buffer.concat([Buffer.from([0x10, 0, 0, 0]), Buffer.alloc(32)]))
})
