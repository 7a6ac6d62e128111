import { expect, test } from 'vitest'
import { commandOf, decodeReply, request } from '../src/command.ts'
import { COMMANDS } from '../src/uapi.ts'
import { fakeKernel } from './fake-kernel.ts'

test('a payload’s command is known by the kernel’s name, an unknown one by its number', () => {
  for (const [name, value] of Object.entries(COMMANDS)) expect(commandOf(Buffer.from([value, 0, 0, 0]))).toBe(name)
  expect(commandOf(Buffer.from([0x99, 0, 0, 0]))).toBe('ethtool command 0x99')
})

test('what is decoded is the reply, not the request', () => {
  const kernel = fakeKernel({ eth0: { ETHTOOL_GDRVINFO: Buffer.from([3, 0, 0, 0, 42]) } })
  expect(request(kernel, 'eth0', Buffer.from([3, 0, 0, 0, 0]), (reply) => reply[4])).toBe(42)
})

test('a reply that a decoder refuses names interface, command and cause; other errors pass', () => {
  const cause = new RangeError('struct x: needs 4 bytes, got 3')
  const context = { interface: 'eth0', command: 'ETHTOOL_GSTATS', errno: undefined }
  expect(refusing(cause)).toThrow(expect.objectContaining({ ...context, code: 'ERR_ETHTOOL_REPLY', cause }))
  expect(refusing(new SyntaxError('other'))).toThrow(SyntaxError)
})

function refusing(error: Error): () => never {
  return () =>
    decodeReply('eth0', 'ETHTOOL_GSTATS', () => {
      throw error
    })
}
