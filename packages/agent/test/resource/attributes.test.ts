import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { ATTRIBUTE, mergeAttributes } from '../../src/resource/attributes.ts'

test('every attribute of ours is in the semantic conventions that the OpenTelemetry SDK brings', () => {
  const sdk = createRequire(import.meta.url).resolve('@opentelemetry/resources')
  const conventions: object = createRequire(sdk)('@opentelemetry/semantic-conventions/incubating')
  const names = Object.entries(conventions).flatMap(([key, value]) => (key.startsWith('ATTR_') ? [value] : []))
  expect(names).toEqual(expect.arrayContaining(Object.values(ATTRIBUTE)))
})

test('a later source wins where it offers a value, and an empty one is none', () => {
  expect(mergeAttributes([{ b: '1', a: '1', c: '1' }, { a: '2', b: undefined, c: '' }, { d: '' }])).toEqual({
    a: '2',
    b: '1',
    c: '1',
  })
})
