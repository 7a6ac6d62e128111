import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { environmentAttributes, parseAttributeList } from '../../src/resource/environment.ts'
import { recordLog } from './recorded-log.ts'

test.each([
  [
    { OTEL_SERVICE_NAME: 'nic-watch', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=net', PATH: '/bin' },
    'nic-watch',
  ],
  [{ OTEL_SERVICE_NAME: '', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,team=net' }, 'other'],
])('the environment %j gives the service name %s', (env, name) => {
  const log = recordLog()
  expect(environmentAttributes(env, log)).toEqual({ 'service.name': name, team: 'net' })
  expect(log.lines).toEqual([])
})

test('a malformed OTEL_RESOURCE_ATTRIBUTES is ignored whole, with one warning that names the entry', () => {
  const log = recordLog()
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'team=net,broken,also broken', OTEL_SERVICE_NAME: 'a' }
  expect(environmentAttributes(env, log)).toEqual({ 'service.name': 'a' })
  expect(log.lines).toEqual([
    'warn: OTEL_RESOURCE_ATTRIBUTES: entry "broken" has no "="; the whole variable is ignored until that is corrected',
  ])
})

test('spaces are trimmed, escapes are decoded in keys and values, and the last of two equal keys wins', () => {
  expect(parseAttributeList(' team = net work ,a%2Cb=c%3Dd,empty=,team=%C3%A9quipe%20,')).toEqual({
    team: 'équipe ',
    'a,b': 'c=d',
    empty: '',
  })
})

test.each([
  ['novalue', 'novalue', 'has no "="'],
  ['a=1,b=2=3', 'b=2=3', 'has more than one "=": write %3D inside a value'],
  ['a=1, =x', '=x', 'has no key'],
  ['a=100%,b=2', 'a=100%', 'has a "%" that starts no UTF-8 escape: write %25'],
  ['a=%ff', 'a=%ff', 'has a "%" that starts no UTF-8 escape: write %25'],
])('the list %j is malformed as a whole because of its entry %j', (text, entry, reason) => {
  expect(() => parseAttributeList(text)).toThrow(new SyntaxError(`entry ${JSON.stringify(entry)} ${reason}`))
})

test('every list of encoded pairs is decoded to the same pairs', () => {
  const wellFormed = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed())
  const key = wellFormed.filter((text) => text !== '')
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(key, wellFormed), { selector: ([name]) => name, maxLength: 10 }), (pairs) => {
      const text = pairs.map((pair) => pair.map((part) => encodeURIComponent(part)).join('=')).join(',')
      expect(parseAttributeList(text)).toStrictEqual(Object.fromEntries(pairs))
    }),
  )
})

test('no text makes it throw', () => {
  const hostile = fc.string({ unit: fc.constantFrom('=', ',', '%', ' ', 'a', '2', 'C', '\0', 'é', '__proto__') })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), hostile), (text) => {
      const log = recordLog()
      environmentAttributes({ OTEL_RESOURCE_ATTRIBUTES: text }, log)
      expect(log.lines.length).toBeLessThanOrEqual(1)
    }),
  )
})
