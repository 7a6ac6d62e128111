import { expect, test } from 'vitest'
import { checkSize, fixedString } from '../src/layout.ts'

test('a struct that fits is accepted, one byte less is not', () => {
  expect(() => checkSize('struct x', Buffer.alloc(4), 4)).not.toThrow()
  expect(() => checkSize('struct x', Buffer.alloc(3), 4)).toThrow(new RangeError('struct x: needs 4 bytes, got 3'))
})

test('a string ends at its NUL or at its field’s end, and what follows is ignored', () => {
  const reply = Buffer.from('abc\0defg\xe9hi\0', 'latin1')
  expect([
    fixedString(reply, 0, 4),
    fixedString(reply, 4, 4),
    fixedString(reply, 4, 5),
    fixedString(reply, 3, 4),
  ]).toEqual(['abc', 'defg', 'defg\u00e9', ''])
  expect(fixedString(Buffer.from('ab'), 0, 2)).toBe('ab')
})
