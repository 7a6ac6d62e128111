// The real kernel: ioctls on a socket of its own. Any socket will do; what matters is the network namespace it was made in.
import { addressTo, holds, mapBlock, payloadOf, unmapBlock, type Block } from './block.ts'
import { commandOf } from './command.ts'
import { EthtoolError, systemError } from './ethtool-error.ts'
import type { Libc } from './ioctl.ts'
import type { Kernel } from './kernel.ts'
import { SIOCETHTOOL, SIOCGIFINDEX } from './uapi.ts'

// linux/net.h and bits/socket.h, the same on x86-64 and arm64
const AF_INET = 2
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000

/** Opens a socket to send ioctls through. @throws EthtoolError EMFILE, ENFILE, EACCES, EPERM, ENOMEM. */
export function openSocket(libc: Libc): Kernel {
  const fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0)
  if (fd < 0) throw systemError(libc.errno(), { syscall: 'socket' })
  const blocks = new Map<Buffer, Block>()
  let indexBlock: Block | undefined
  let scratch: Block | undefined
  let open = true

  const send = (block: Block, interfaceName: string, payload: Buffer): void => {
    addressTo(block, interfaceName)
    if (libc.ioctl(fd, SIOCETHTOOL, block.base) >= 0) return
    throw systemError(libc.errno(), { syscall: 'ioctl', interface: interfaceName, command: commandOf(payload) })
  }

  // for payloads on the JS heap: the one-shot commands
  const sendCopy = (interfaceName: string, payload: Buffer): void => {
    let block = scratch
    if (block === undefined || !holds(block, payload.length)) {
      scratch = mapBlock(libc, payload.length)
      if (block !== undefined) unmapBlock(libc, block)
      block = scratch
    }
    const lent = payloadOf(block, payload.length)
    lent.set(payload)
    try {
      send(block, interfaceName, lent)
    } finally {
      // after an error too: what a kernel that ran into the end left in the header is needed
      payload.set(lent)
    }
  }
  const checkOpen = (): void => {
    if (!open) throw new EthtoolError('ERR_ETHTOOL_CLOSED', 'this ethtool handle is closed', undefined, {})
  }

  return {
    call(interfaceName, payload) {
      checkOpen()
      const block = blocks.get(payload)
      if (block === undefined) sendCopy(interfaceName, payload)
      else send(block, interfaceName, payload)
    },
    interfaceIndex(interfaceName) {
      checkOpen()
      indexBlock ??= mapBlock(libc, 0)
      addressTo(indexBlock, interfaceName)
      if (libc.ioctl(fd, SIOCGIFINDEX, indexBlock.base) < 0) {
        throw systemError(libc.errno(), { syscall: 'ioctl', interface: interfaceName, command: 'SIOCGIFINDEX' })
      }
      return indexBlock.index[0] ?? 0
    },
    allocate(size) {
      checkOpen()
      const block = mapBlock(libc, size)
      const payload = payloadOf(block, size)
      blocks.set(payload, block)
      return payload
    },
    free(payload) {
      const block = blocks.get(payload)
      if (block === undefined) return
      blocks.delete(payload)
      unmapBlock(libc, block)
    },
    close() {
      if (!open) return
      open = false
      for (const block of [...blocks.values(), indexBlock, scratch]) {
        if (block !== undefined) unmapBlock(libc, block)
      }
      blocks.clear()
      libc.close(fd)
    },
  }
}
