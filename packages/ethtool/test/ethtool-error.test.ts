import { getSystemErrorMap } from 'node:util'
import { expect, test } from 'vitest'
import { EthtoolError, isNotSupported, systemError } from '../src/ethtool-error.ts'

const CONTEXT = { syscall: 'ioctl', interface: 'eth0', command: 'ETHTOOL_GSTATS' }

test('an errno becomes an error like Node’s own', () => {
  const error = systemError(19, CONTEXT)
  expect({ ...Object.fromEntries(Object.entries(error)), message: error.message, string: String(error) }).toEqual({
    ...CONTEXT,
    name: 'EthtoolError',
    code: 'ENODEV',
    errno: -19,
    message: 'ETHTOOL_GSTATS eth0: no such device (ENODEV)',
    string: 'EthtoolError: ETHTOOL_GSTATS eth0: no such device (ENODEV)',
  })
  expect(error).toBeInstanceOf(Error)
  expect('cause' in error).toBe(false)
})

test('EOPNOTSUPP has Node’s name and no word of a socket', () => {
  const error = systemError(95, CONTEXT)
  expect([error.code, error.message]).toEqual(['ENOTSUP', 'ETHTOOL_GSTATS eth0: operation not supported (ENOTSUP)'])
  expect([error, systemError(22, CONTEXT), new Error('x')].map(isNotSupported)).toEqual([true, false, false])
})

test('every errno of the system has a name and a sentence', () => {
  for (const [number, [name]] of getSystemErrorMap()) {
    if (number < -4000) continue // libuv's own, no errnos
    expect(systemError(-number, CONTEXT)).toMatchObject({ code: name, errno: number })
  }
})

test('an errno that Node has no name for is reported by its number', () => {
  expect(systemError(524, CONTEXT).message).toMatch(/unknown errno 524/)
})

test('without an interface the message begins with the system call, and a cause is kept', () => {
  const cause = new Error('why')
  expect(systemError(24, { syscall: 'socket' }).message).toBe('socket: too many open files (EMFILE)')
  const error = new EthtoolError('ERR_ETHTOOL_FFI', 'no koffi', undefined, { cause })
  expect([error.message, error.cause]).toEqual(['no koffi (ERR_ETHTOOL_FFI)', cause])
})
