import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import { expect, test } from 'vitest'

import { ATTRIBUTE, mergeAttributes } from '../../src/resource/attributes.ts'

test('every attribute of ours is in OpenTelemetry’s semantic conventions', () => {
  const names = Object.entries(conventions).flatMap(([key, value]) => (key.startsWith('ATTR_') ? [value] : []))
  expect(names).toEqual(expect.arrayContaining(Object.values(ATTRIBUTE)))
})

test('a later source wins where it offers a value, and an empty value is not offered', () => {
  expect(mergeAttributes([{ b: '1', a: '1', c: '1' }, { a: '2', b: undefined, c: '' }, { d: '' }])).toEqual({
    a: '2',
    b: '1',
    c: '1',
  })
})
