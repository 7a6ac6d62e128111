// The C library's system calls, and the only file that knows an FFI (koffi) is in between.
import { createRequire } from 'node:module'
import type * as Koffi from 'koffi'
import { EthtoolError } from './ethtool-error.ts'

/** The system calls in use. Those that fail return -1 (`mmap`: all ones) and leave the reason in `errno()`. */
export interface Libc {
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly close: (fd: number) => number
  readonly bind: (fd: number, address: Uint8Array, length: number) => number
  readonly recv: (fd: number, buffer: Uint8Array, length: number, flags: number) => number
  readonly ioctl: (fd: number, request: number, argument: bigint) => number
  readonly mmap: (address: null, length: number, prot: number, flags: number, fd: number, offset: number) => bigint
  readonly mprotect: (address: bigint, length: number, prot: number) => number
  readonly munmap: (address: bigint, length: number) => number
  readonly getpagesize: () => number
  readonly errno: () => number
  /** An ArrayBuffer over memory that it doesn't own: not to be touched once that is unmapped. */
  readonly view: (address: bigint, length: number) => ArrayBuffer
}

let loaded: Libc | undefined

/**
 * Returns the C library's system calls. koffi is loaded here and not on import, so that a program can import this package
 * anywhere and learn of an unsuitable platform only when it opens a handle.
 * @throws EthtoolError ERR_ETHTOOL_PLATFORM, ERR_ETHTOOL_FFI.
 */
export function loadLibc(platform: string, arch: string): Libc {
  // the layouts in this package are those of little-endian LP64 kernels with generic ioctl numbers; others are untested
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    const reason = `the ethtool ioctl needs Linux on x64 or arm64, this is ${platform} on ${arch}`
    throw new EthtoolError('ERR_ETHTOOL_PLATFORM', reason, undefined, {})
  }
  loaded ??= bindLibc(createRequire(import.meta.url))
  return loaded
}

/** Returns the bindings, with koffi from `require`. @throws EthtoolError ERR_ETHTOOL_FFI. */
export function bindLibc(require: (id: string) => unknown): Libc {
  try {
    const koffi = require('koffi') as typeof Koffi
    const library = koffi.load(null)
    return {
      socket: library.func('int socket(int domain, int type, int protocol)'),
      close: library.func('int close(int fd)'),
      bind: library.func('int bind(int fd, void *address, uint32_t length)'),
      // both calls return before the buffer could move: it is only lent
      recv: library.func('long recv(int fd, void *buffer, size_t length, int flags)'),
      // variadic in C; on both platforms variadic integers and pointers travel like declared ones
      ioctl: library.func('int ioctl(int fd, unsigned long request, void *argument)'),
      mmap: library.func('void *mmap(void *address, size_t length, int prot, int flags, int fd, long offset)'),
      mprotect: library.func('int mprotect(void *address, size_t length, int prot)'),
      munmap: library.func('int munmap(void *address, size_t length)'),
      getpagesize: library.func('int getpagesize(void)'),
      errno: () => koffi.errno(),
      view: (address, length) => koffi.view(address, length),
    }
  } catch (cause) {
    const reason = `koffi can't be loaded: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new EthtoolError('ERR_ETHTOOL_FFI', reason, undefined, { cause })
  }
}
