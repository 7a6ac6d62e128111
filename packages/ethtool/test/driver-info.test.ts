import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeDriverInfo, encodeDriverInfo } from '../src/driver-info.ts'
import { drvinfo } from './replies.ts'
import { expectEveryTruncationToThrow } from './truncation.ts'

// latin-1 without NUL; a field may be full to its last byte
const text = fc.string({
  maxLength: 32,
  unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
})

test('a reply decodes to the strings it was made of, an empty one to undefined', () => {
  fc.assert(
    fc.property(text, text, text, text, text, (driver, version, firmware, bus, rom) => {
      expect(decodeDriverInfo(drvinfo({ 4: driver, 36: version, 68: firmware, 100: bus, 132: rom }))).toEqual({
        driver,
        version: version || undefined,
        firmwareVersion: firmware || undefined,
        busInfo: bus || undefined,
        expansionRomVersion: rom || undefined,
      })
    }),
  )
})

test('what stands behind a NUL is not part of a string', () => {
  const reply = drvinfo({ 4: 'ena\0garbage', 36: '\0old' })
  expect(decodeDriverInfo(reply)).toMatchObject({ driver: 'ena', version: undefined })
})

test('a truncated reply throws', () => {
  expectEveryTruncationToThrow(drvinfo({ 4: 'ena' }), decodeDriverInfo)
})

test('a request is the command and 192 zeros', () => {
  expect(encodeDriverInfo()).toEqual(Buffer.concat([Buffer.from([3, 0, 0, 0]), Buffer.alloc(192)]))
})
