// The memory replies are written into.
import { beforeAll, describe, expect, test } from 'vitest'
import { addressTo, holds, mapBlock, payloadOf, unmapBlock } from '../src/block.ts'
import { loadLibc, type Libc } from '../src/ioctl.ts'

const SUPPORTED = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)

describe.runIf(SUPPORTED)('a block', () => {
  let libc: Libc
  beforeAll(() => {
    libc = loadLibc(process.platform, process.arch)
  })

  test('holds what it was made for, with the payload at its very end', () => {
    for (const size of [0, 1, 8, 4055, 4056, 4057, 100_000]) {
      const block = mapBlock(libc, size)
      expect([holds(block, size), block.memory.length % libc.getpagesize()]).toEqual([true, 0])
      const payload = payloadOf(block, size).fill(0xab)
      addressTo(block, 'eth0')
      expect(payload.every((byte) => byte === 0xab)).toBe(true)
      expect(block.memory.readBigUInt64LE(16) + BigInt(size)).toBe(block.base + BigInt(block.memory.length))
      expect(block.memory.toString('latin1', 0, 16)).toBe('eth0'.padEnd(16, '\0'))
      addressTo(block, 'a')
      expect(block.memory.toString('latin1', 0, 16)).toBe('a'.padEnd(16, '\0'))
      unmapBlock(libc, block)
    }
  })
})
