import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeChannels, encodeChannels } from '../src/channels.ts'
import { nineWords } from './replies.ts'
import { expectEveryTruncationToThrow } from './truncation.ts'

const u32 = fc.integer({ min: 0, max: 0xffffffff })

test('a reply decodes to the numbers it was made of', () => {
  fc.assert(
    fc.property(fc.tuple(u32, u32, u32, u32, u32, u32, u32, u32), (numbers) => {
      const [maxRx, maxTx, maxOther, maxCombined, rx, tx, other, combined] = numbers
      expect(decodeChannels(nineWords('ETHTOOL_GCHANNELS', numbers))).toEqual({
        maxRx,
        maxTx,
        maxOther,
        maxCombined,
        rx,
        tx,
        other,
        combined,
      })
    }),
  )
})

test('a truncated reply throws', () => {
  expectEveryTruncationToThrow(nineWords('ETHTOOL_GCHANNELS', [1, 2, 3, 4, 5, 6, 7, 8]), decodeChannels)
})

test('a request is the command and eight zeros', () => {
  expect(encodeChannels()).toEqual(Buffer.concat([Buffer.from([0x3c, 0, 0, 0]), Buffer.alloc(32)]))
})
