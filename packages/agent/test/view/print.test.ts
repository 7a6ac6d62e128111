import { PassThrough, Writable } from 'node:stream'

import { expect, test } from 'vitest'

import { nobodyReads, print } from '../../src/view/print.ts'

test('it is fulfilled when the text is written, not when it is buffered', async () => {
  const order: string[] = []
  const slow = new Writable({
    write: (chunk, _encoding, done) => {
      order.push(`takes ${String(chunk)}`)
      setImmediate(() => {
        order.push('is out')
        done()
      })
    },
  })
  await print(slow, 'text')
  order.push('printed')
  expect(order).toEqual(['takes text', 'is out', 'printed'])
})

test('without a text it waits for earlier writes', async () => {
  const stream = new PassThrough()
  stream.write('x'.repeat(1_000_000))
  let isOut = false
  const printed = print(stream, '').then(() => (isOut = true))
  await new Promise(setImmediate)
  const before = isOut
  stream.resume()
  await printed
  expect([before, isOut]).toEqual([false, true])
})

const UNWRITABLE = "the output can't be written (ENOSPC): send it to another file or to a pipe"

/** A stream whose writes fail. */
function failing(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) })
}

test('a closed pipe is no error, however often something is printed', async () => {
  const stream = failing('EPIPE')
  await Promise.all([print(stream, 'a'), print(stream, 'b')])
  await print(stream, 'c')
  expect(stream.destroyed).toBe(true)
})

test('any other failure is an error', async () => {
  await expect(print(failing('ENOSPC'), 'a')).rejects.toThrow(UNWRITABLE)
})

test('nobody reads a closed pipe, and a full disk is an error', async () => {
  const [closed, full] = [failing('EPIPE'), failing('ENOSPC')]
  const unread = [nobodyReads(closed), nobodyReads(full)]
  closed.write('a')
  full.write('a')
  expect(await Promise.allSettled(unread)).toEqual([
    { status: 'fulfilled', value: undefined },
    { status: 'rejected', reason: new Error(UNWRITABLE) },
  ])
})

test('no listener stays', async () => {
  const stream = new PassThrough().resume()
  for (let i = 0; i < 20; i++) await print(stream, 'x')
  expect(stream.listenerCount('error')).toBe(0)
})
