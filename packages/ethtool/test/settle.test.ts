import { expect, test, vi } from 'vitest'
import { CHANGED, settle } from '../src/settle.ts'

test('the first result that is no change is returned, undefined too', () => {
  const attempt = vi.fn().mockReturnValueOnce(CHANGED).mockReturnValueOnce(undefined)
  expect(settle(5, 'eth0', attempt)).toBeUndefined()
  expect(attempt).toHaveBeenCalledTimes(2)
})

test('attempts are bounded, and the error says how many were made', () => {
  const attempt = vi.fn().mockReturnValue(CHANGED)
  expect(() => settle(3, 'eth0', attempt)).toThrow(
    expect.objectContaining({
      code: 'ERR_ETHTOOL_UNSETTLED',
      interface: 'eth0',
      message: expect.stringContaining('3 attempts'),
    }),
  )
  expect(attempt).toHaveBeenCalledTimes(3)
})
