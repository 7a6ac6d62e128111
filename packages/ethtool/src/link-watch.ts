// Whether interfaces came, went or were renamed, told by the kernel itself: rtnetlink(7), group RTMGRP_LINK. One system call
// a question, however many interfaces there are, where listing them takes longer with each.
// Truth: include/uapi/linux/netlink.h (struct sockaddr_nl), include/uapi/linux/rtnetlink.h.
import { EthtoolError, systemError } from './ethtool-error.ts'
import { loadLibc, type Libc } from './ioctl.ts'
import { ERRNO } from './uapi.ts'

export interface LinkWatch {
  /**
   * Whether the kernel has announced a change of an interface since it was asked last, or lost count of announcements. Not all
   * of them matter to everybody: an interface that goes up or down is announced too. Answers true the first time.
   * @throws EthtoolError ERR_ETHTOOL_CLOSED, or the errno's name as `code`.
   */
  changed(): boolean
  /** Closes the socket. May be called twice. */
  close(): void
  [Symbol.dispose](): void
}

const AF_NETLINK = 16
const NETLINK_ROUTE = 0
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0o4000 | 0o2000000
const RTMGRP_LINK = 1

/** `struct sockaddr_nl`: nl_family(u16)@0 nl_pad(u16)@2 nl_pid(u32)@4 nl_groups(u32)@8. pid 0: the kernel chooses one. */
const SOCKADDR_NL_SIZE = 12
const NL_GROUPS = 8

/** The rest of a longer datagram is discarded by recv, and its content isn't looked at. */
const HEADER_SIZE = 16

/**
 * Watches the interfaces of the network namespace of the calling thread. Needs no privilege.
 * @throws EthtoolError ERR_ETHTOOL_PLATFORM unless on Linux on x64 or arm64, ERR_ETHTOOL_FFI, or the errno's name as `code`.
 */
export function watchLinks(): LinkWatch {
  return createLinkWatch(loadLibc(process.platform, process.arch))
}

/** Announcements that are read at once: a node may start hundreds of pods in a second. */
const MAX_ANNOUNCEMENTS = 1000

/** The same over the given system calls. */
export function createLinkWatch(libc: Pick<Libc, 'socket' | 'bind' | 'recv' | 'close' | 'errno'>): LinkWatch {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW_NONBLOCK_CLOEXEC, NETLINK_ROUTE)
  if (fd < 0) throw systemError(libc.errno(), { syscall: 'socket' })
  const address = Buffer.alloc(SOCKADDR_NL_SIZE)
  address.writeUInt16LE(AF_NETLINK, 0)
  address.writeUInt32LE(RTMGRP_LINK, NL_GROUPS)
  if (libc.bind(fd, address, address.length) < 0) {
    const errno = libc.errno()
    libc.close(fd)
    throw systemError(errno, { syscall: 'bind' })
  }
  const header = Buffer.alloc(HEADER_SIZE)
  let isFirst = true
  let open = true

  const close = (): void => {
    if (open) libc.close(fd)
    open = false
  }
  return {
    changed() {
      if (!open) throw new EthtoolError('ERR_ETHTOOL_CLOSED', 'this link watch is closed', undefined, {})
      let changed = isFirst
      isFirst = false
      for (let announcement = 0; announcement < MAX_ANNOUNCEMENTS; announcement++) {
        if (libc.recv(fd, header, HEADER_SIZE, 0) >= 0) {
          changed = true
          continue
        }
        const errno = libc.errno()
        if (errno === ERRNO.EAGAIN) return changed
        // the announcements outran the socket's buffer: something has changed, and the rest is still to be read
        if (errno !== ERRNO.ENOBUFS && errno !== ERRNO.EINTR) throw systemError(errno, { syscall: 'recv' })
        changed ||= errno === ERRNO.ENOBUFS
      }
      return true // more of them than fit into a turn: the rest is there the next time
    },
    close,
    [Symbol.dispose]: close,
  }
}
