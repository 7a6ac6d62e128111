// The real kernel behind the seam.
import { readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { encodeDriverInfo } from '../src/driver-info.ts'
import { createEthtool } from '../src/ethtool.ts'
import { loadLibc, type Libc } from '../src/ioctl.ts'
import { openSocket } from '../src/socket.ts'
import { encodeStrings } from '../src/string-set.ts'

const SUPPORTED = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)

describe.runIf(SUPPORTED)('the real kernel', () => {
  let libc: Libc
  beforeAll(() => {
    libc = loadLibc(process.platform, process.arch)
  })
  const interfaces = SUPPORTED ? readdirSync('/sys/class/net').filter((file) => file !== 'bonding_masters') : []

  test('gives the interface indices that sysfs has', () => {
    const kernel = openSocket(libc)
    for (const name of [...interfaces, ...interfaces]) {
      expect(kernel.interfaceIndex(name), name).toBe(Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8')))
    }
    expect(() => kernel.interfaceIndex('no-such-nic')).toThrow(
      expect.objectContaining({ code: 'ENODEV', command: 'SIOCGIFINDEX', interface: 'no-such-nic' }),
    )
    kernel.close()
  })

  test('answers the same into memory of its own and into a buffer of the JS heap, small and large', () => {
    const kernel = openSocket(libc)
    const name = interfaces.find((candidate) => candidate !== 'lo') ?? 'lo'
    const replies = [0, 10_000, 100].map((more) => {
      const payload = Buffer.concat([encodeDriverInfo(), Buffer.alloc(more, 0xee)])
      const native = kernel.allocate(payload.length)
      native.set(payload)
      kernel.call(name, payload)
      kernel.call(name, native)
      expect(native.equals(payload)).toBe(true)
      expect(payload.subarray(196).every((byte) => byte === 0xee)).toBe(true)
      kernel.free(native)
      return payload.toString('latin1', 0, 196)
    })
    expect(new Set(replies).size).toBe(1)
    kernel.close()
  })

  test('is closed once, and then answers nobody', () => {
    let closed = 0
    const kernel = openSocket({ ...libc, close: (fd) => (closed++, libc.close(fd)) })
    kernel.close()
    kernel.close()
    expect(closed).toBe(1)
    const error = expect.objectContaining({ code: 'ERR_ETHTOOL_CLOSED' })
    expect(() => kernel.call('lo', encodeDriverInfo())).toThrow(error)
    expect(() => kernel.interfaceIndex('lo')).toThrow(error)
    expect(() => kernel.allocate(8)).toThrow(error)
  })

  test('that has no socket or no memory to give is an error that names the system call', () => {
    const none = { ...libc, socket: () => -1, errno: () => 24 }
    expect(() => openSocket(none)).toThrow(expect.objectContaining({ code: 'EMFILE', syscall: 'socket', errno: -24 }))
    const full = openSocket({ ...libc, mmap: () => 2n ** 64n - 1n, errno: () => 12 })
    expect(() => full.allocate(8)).toThrow(expect.objectContaining({ code: 'ENOMEM', syscall: 'mmap' }))
    full.close()
    let unmapped = 0
    const fixed = openSocket({
      ...libc,
      mprotect: () => -1,
      errno: () => 12,
      munmap: (base, length) => (unmapped++, libc.munmap(base, length)),
    })
    expect(() => fixed.interfaceIndex('lo')).toThrow(expect.objectContaining({ code: 'ENOMEM', syscall: 'mprotect' }))
    expect(unmapped).toBe(1)
    fixed.close()
  })

  test('a kernel that writes more than there is room for gets EFAULT, and the larger count is in the header', (context) => {
    const kernel = openSocket(libc)
    const ethtool = createEthtool(kernel, 3)
    const name = interfaces.find((candidate) => (ethtool.statisticNames(candidate)?.length ?? 0) > 1)
    const count = name === undefined ? 0 : (ethtool.statisticNames(name)?.length ?? 0)
    if (name === undefined) {
      console.log(`skipped: ${context.task.name}: no interface here has two statistics`)
      return context.skip('no interface here has two statistics')
    }
    // a length of 0 makes even a current kernel write all it has
    const strings = encodeStrings(count - 1)
    strings.writeUInt32LE(0, 8)
    expect(() => kernel.call(name, strings)).toThrow(
      expect.objectContaining({ code: 'EFAULT', command: 'ETHTOOL_GSTRINGS' }),
    )
    expect(strings.readUInt32LE(8)).toBe(count)

    const values = kernel.allocate(8 * count)
    values.writeUInt32LE(0x1d, 0)
    expect(() => kernel.call(name, values)).toThrow(
      expect.objectContaining({ code: 'EFAULT', command: 'ETHTOOL_GSTATS' }),
    )
    expect(values.readUInt32LE(4)).toBe(count)
    ethtool.close()
  })
})
