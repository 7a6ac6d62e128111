import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAttributeList } from '../../src/resource/attribute-list.ts'

test('an attribute list is read with spaces trimmed, escapes decoded in keys and values, and the last of equal keys taken', () => {
  expect(parseAttributeList(' team = net work ,a%2Cb=c%3Dd,empty=,team=%C3%A9quipe%20,')).toEqual({
    attributes: { team: 'équipe ', 'a,b': 'c=d', empty: '' },
  })
})

test.each([
  ['novalue', 'novalue', 'has no "="'],
  ['a=1,b=2=3', 'b=2=3', 'has more than one "=": write %3D inside a value'],
  ['a=1, =x', '=x', 'has no key'],
  ['a=100%,b=2', 'a=100%', 'has a "%" that starts no UTF-8 escape: write %25'],
  ['a=%ff', 'a=%ff', 'has a "%" that starts no UTF-8 escape: write %25'],
])('the list %j is refused whole because of its entry %j', (text, entry, reason) => {
  expect(parseAttributeList(text)).toEqual({ malformed: { entry, reason } })
})

test('every list of encoded pairs comes back as it was', () => {
  const wellFormed = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
  const key = wellFormed.filter((text) => text !== '')
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, wellFormed), { selector: ([name]) => name, maxLength: 10 }), (pairs) => {
      const text = pairs.map((pair) => pair.map((part) => encodeURIComponent(part)).join('=')).join(',')
      expect(parseAttributeList(text)).toStrictEqual({ attributes: Object.fromEntries(pairs) })
    }),
  )
})

test('no text makes the parser throw', () => {
  const hostile = fc.string({ unit: fc.constantFrom('=', ',', '%', ' ', 'a', '2', 'C', '\0', 'é', '__proto__') })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), hostile), (text) => {
      const list = parseAttributeList(text)
      expect(Object.keys(list)).toHaveLength(1)
    }),
  )
})
