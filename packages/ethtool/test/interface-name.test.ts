import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkInterfaceName } from '../src/interface-name.ts'

test('a name of 1 to 15 bytes without slash and NUL is returned as it is', () => {
  const name = fc.string({ minLength: 1, maxLength: 15 }).filter((text) => !/[/\0]/.test(text))
  fc.assert(
    fc.property(name, (text) => {
      expect(checkInterfaceName(text)).toBe(text)
    }),
  )
})

test.each([
  ['', /1 to 15 bytes, got 0: ""/],
  ['a'.repeat(16), /1 to 15 bytes, got 16/],
  ['é'.repeat(8), /1 to 15 bytes, got 16/],
  ['eth/0', /neither '\/' nor NUL: "eth\/0"/],
  ['eth0\0', /neither '\/' nor NUL: "eth0\\u0000"/],
])('%j is refused', (name, message) => {
  expect(() => checkInterfaceName(name)).toThrow(RangeError)
  expect(() => checkInterfaceName(name)).toThrow(message)
})

test.each<unknown>([undefined, null, 3, ['eth0'], Buffer.from('eth0')])('%j is no string', (name) => {
  expect(() => checkInterfaceName(name as string)).toThrow(TypeError)
})
