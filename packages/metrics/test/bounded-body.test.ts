import { Readable } from 'node:stream'

import { expect, test } from 'vitest'

import { readBody } from '../src/bounded-body.ts'

const chunks = (...texts: string[]): Readable => Readable.from(texts.map((text) => Buffer.from(text)))

test('a body of at most the maximum is read whole', async () => {
  expect((await readBody(chunks('ab', 'cd'), 4)).toString()).toBe('abcd')
  expect(await readBody(chunks(), 0)).toHaveLength(0)
})

test('a longer body is refused, and its stream destroyed', async () => {
  const stream = chunks('ab', 'cd', 'e', 'f')
  await expect(readBody(stream, 4)).rejects.toThrow(new RangeError('body of more than 4 bytes'))
  expect(stream.destroyed).toBe(true)
})
