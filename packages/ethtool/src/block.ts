// Memory the kernel writes replies into.
//
// The kernel writes through the pointer in `struct ifreq`, so a reply must not move and must not be collected: it lies in
// memory of its own, outside the JS heap. And the kernel may write more than was asked for: ETHTOOL_GSTATS and
// ETHTOOL_GSTRINGS of kernels without the length check write as many entries as the driver has *now*. Slack would only make
// an overflow rarer, and counting first leaves a gap before the reply. Therefore each block is mapped so that its payload
// ends where a page begins that nobody may access, and an overflow is an EFAULT that harms nobody:
//
//   | struct ifreq | … | payload | PROT_NONE page |
//   base                         base + memory.length
import { systemError } from './ethtool-error.ts'
import type { Libc } from './ioctl.ts'
import { IFNAMSIZ, IFREQ } from './uapi.ts'

// asm-generic/mman-common.h, the same on x86-64 and arm64
const PROT_NONE = 0
const PROT_READ_WRITE = 1 | 2
const MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20
const MAP_FAILED = 2n ** 64n - 1n

/** A mapping with room for `struct ifreq` and a payload. */
export interface Block {
  /** Address of `struct ifreq`: what an ioctl is given. */
  readonly base: bigint
  readonly mapped: number
  /** All that may be written: `struct ifreq` first, a payload last. */
  readonly memory: Buffer
  /** `ifr_ifindex`. An Int32Array, because Buffer.readInt32LE computes with heap numbers until it is optimized. */
  readonly index: Int32Array
  interfaceName: string
}

/** Returns a block whose payload may have up to `size` bytes. @throws EthtoolError ENOMEM. */
export function mapBlock(libc: Libc, size: number): Block {
  const page = libc.getpagesize()
  const writable = Math.ceil((IFREQ.size + size) / page) * page
  const mapped = writable + page
  const base = libc.mmap(null, mapped, PROT_NONE, MAP_PRIVATE_ANONYMOUS, -1, 0)
  if (base === MAP_FAILED) throw systemError(libc.errno(), { syscall: 'mmap' })
  if (libc.mprotect(base, writable, PROT_READ_WRITE) !== 0) {
    const errno = libc.errno()
    libc.munmap(base, mapped)
    throw systemError(errno, { syscall: 'mprotect' })
  }
  const view = libc.view(base, writable)
  return { base, mapped, memory: Buffer.from(view), index: new Int32Array(view, IFREQ.index, 1), interfaceName: '' }
}

/** Gives a block back; its memory must not be touched again. */
export function unmapBlock(libc: Libc, block: Block): void {
  libc.munmap(block.base, block.mapped)
}

/** Returns whether a payload of `size` bytes fits. */
export function holds(block: Block, size: number): boolean {
  return block.memory.length >= IFREQ.size + size
}

/** Returns the last `size` bytes of a block as its payload, having pointed `ifr_data` at them. */
export function payloadOf(block: Block, size: number): Buffer {
  const offset = block.memory.length - size
  block.memory.writeBigUInt64LE(block.base + BigInt(offset), IFREQ.data)
  return block.memory.subarray(offset)
}

/** Makes `ifr_name` the interface's name. */
export function addressTo(block: Block, interfaceName: string): void {
  if (block.interfaceName === interfaceName) return
  block.memory.fill(0, IFREQ.name, IFREQ.name + IFNAMSIZ)
  block.memory.write(interfaceName, IFREQ.name, IFNAMSIZ - 1)
  block.interfaceName = interfaceName
}
