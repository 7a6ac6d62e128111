import { describe, expect, test } from 'vitest'
import type { Libc } from '../src/ioctl.ts'
import { createLinkWatch } from '../src/link-watch.ts'
import { ERRNO } from '../src/uapi.ts'

const EPERM = 1

/** A C library whose recv gives these answers, one a call: a length, or an errno as a negative number. */
function libcWith(answers: number[], failing: { bind?: number; socket?: number } = {}) {
  const calls: string[] = []
  let errno = 0
  const answer = (call: string, result: number): number => {
    calls.push(call)
    if (result >= 0) return result
    errno = -result
    return -1
  }
  const libc: Pick<Libc, 'socket' | 'bind' | 'recv' | 'close' | 'errno'> = {
    socket: (domain, type, protocol) => answer(`socket ${domain} ${type} ${protocol}`, -(failing.socket ?? -7)),
    bind: (fd, address) => answer(`bind ${fd} ${Buffer.from(address).toString('hex')}`, -(failing.bind ?? 0)),
    recv: (fd) => answer(`recv ${fd}`, answers.shift() ?? -ERRNO.EAGAIN),
    close: (fd) => answer(`close ${fd}`, 0),
    errno: () => errno,
  }
  return { libc, calls }
}

describe('a link watch', () => {
  test('joins the group of link announcements on a socket that never blocks', () => {
    const { libc, calls } = libcWith([])
    createLinkWatch(libc)
    expect(calls).toEqual([`socket 16 ${3 | 0o4000 | 0o2000000} 0`, 'bind 7 100000000000000001000000'])
  })

  test('says at first that something changed, and then only when the kernel announced it', () => {
    const { libc } = libcWith([-ERRNO.EAGAIN, -ERRNO.EAGAIN, 16, 16, -ERRNO.EAGAIN])
    const watch = createLinkWatch(libc)
    expect([watch.changed(), watch.changed(), watch.changed(), watch.changed()]).toEqual([true, false, true, false])
  })

  test('takes announcements that were lost for a change, and reads on', () => {
    const { libc, calls } = libcWith([-ERRNO.EAGAIN, -ERRNO.ENOBUFS, 16, -ERRNO.EAGAIN])
    const watch = createLinkWatch(libc)
    watch.changed()
    expect(watch.changed()).toBe(true)
    expect(calls.filter((call) => call === 'recv 7')).toHaveLength(4)
  })

  test('goes on after an interrupted call, which is no change', () => {
    const { libc } = libcWith([-ERRNO.EAGAIN, -ERRNO.EINTR, -ERRNO.EAGAIN])
    const watch = createLinkWatch(libc)
    watch.changed()
    expect(watch.changed()).toBe(false)
  })

  test('comes back although announcements never end', () => {
    const { libc } = libcWith(Array.from({ length: 5000 }, () => 16))
    expect(createLinkWatch(libc).changed()).toBe(true)
  })

  test('throws what the kernel refuses, and leaves no socket open', () => {
    const refused = libcWith([], { bind: EPERM })
    expect(() => createLinkWatch(refused.libc)).toThrow(expect.objectContaining({ code: 'EPERM', syscall: 'bind' }))
    expect(refused.calls.at(-1)).toBe('close 7')
    expect(() => createLinkWatch(libcWith([], { socket: EPERM }).libc)).toThrow(
      expect.objectContaining({ code: 'EPERM', syscall: 'socket' }),
    )
    expect(() => createLinkWatch(libcWith([-EPERM]).libc).changed()).toThrow(
      expect.objectContaining({ code: 'EPERM', syscall: 'recv' }),
    )
  })

  test('closes once, and is of no use afterwards', () => {
    const { libc, calls } = libcWith([])
    const watch = createLinkWatch(libc)
    watch.close()
    watch[Symbol.dispose]()
    expect(calls.filter((call) => call === 'close 7')).toHaveLength(1)
    expect(() => watch.changed()).toThrow(expect.objectContaining({ code: 'ERR_ETHTOOL_CLOSED' }))
  })
})
