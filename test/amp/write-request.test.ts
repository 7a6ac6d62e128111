import { expect, test } from 'vitest'
import { series } from './push.ts'
import { decode, encode, unpackedLength, type WriteRequest } from './write-request.ts'

const request: WriteRequest = {
  timeseries: [
    series('up', [{ value: 1, timestamp: 1_763_700_000_000 }], { instance: 'ä' }),
    series('odd', [
      { value: NaN, timestamp: -1 },
      { value: -0.1, timestamp: 0 },
    ]),
  ],
}

test('what was encoded is decoded to the same', () => {
  expect(decode(encode(request))).toEqual({ ...request, metadata: [] })
})

test('the bytes are those of the protobuf of Prometheus, in a block of snappy', () => {
  // 0a: timeseries; 0a: label, with 0a name and 12 value; 12: sample, with 09 a double and 10 a varint
  const bytes = encode({ timeseries: [series('a', [{ value: 1, timestamp: 2 }])] })
  // before it, snappy's: 1e its length, 74 that it follows as it is
  expect(bytes.toString('hex')).toBe(`1e740a1c0a0d0a085f5f6e616d655f5f120161120b09000000000000f03f1002`)
})

test('the length of what is packed stands at its head', () => {
  expect(unpackedLength(encode({ timeseries: [series('a'.repeat(300_000), [])] }))).toBe(300_022)
  expect(() => unpackedLength(Buffer.from('ffffffffffff', 'hex'))).toThrow('not snappy')
})

test('no part of a request is taken for the whole', () => {
  const bytes = encode(request)
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => decode(bytes.subarray(0, length)), `${length} bytes`).toThrow()
  }
})
