// The one error class of this package, in the shape of Node's own system errors.
// Errno names come from Node (libuv): errno 95 is ENOTSUP here, EOPNOTSUPP in the kernel's headers.
import { getSystemErrorMap, getSystemErrorName } from 'node:util'
import { ERRNO } from './uapi.ts'

/** What an error is about: the ioctl command and the interface, as far as one was involved. */
export interface EthtoolErrorContext {
  readonly syscall?: string | undefined
  readonly interface?: string | undefined
  readonly command?: string | undefined
  readonly cause?: unknown
}

/**
 * A failure of the kernel, of the driver or of this package's own preconditions. Branch on `code`, never on the message.
 *
 * `code` is Node's name of the errno (`'ENODEV'`, `'ENOTSUP'`, `'EPERM'`, …), or one of this package:
 * - `'ERR_ETHTOOL_PLATFORM'`: not Linux on x64 or arm64
 * - `'ERR_ETHTOOL_FFI'`: koffi can't be loaded (`cause` says why)
 * - `'ERR_ETHTOOL_CLOSED'`: used after `close()`
 * - `'ERR_ETHTOOL_REPLY'`: the reply contradicts its own layout (`cause` says how)
 * - `'ERR_ETHTOOL_UNSETTLED'`: the driver's string set changed during every attempt
 */
export class EthtoolError extends Error {
  override readonly name: string = 'EthtoolError'
  /** Node's errno name or an `ERR_ETHTOOL_…` of this package. */
  readonly code: string
  /** The errno, negative as in Node's own errors; `undefined` with an `ERR_ETHTOOL_…` code. */
  readonly errno: number | undefined
  /** `'ioctl'`; while opening, the system call that failed. */
  readonly syscall: string | undefined
  /** The interface that was asked for. */
  readonly interface: string | undefined
  /** The ethtool command, by the kernel's name: `'ETHTOOL_GSTATS'`. */
  readonly command: string | undefined

  constructor(code: string, reason: string, errno: number | undefined, context: EthtoolErrorContext) {
    const subject = [context.command ?? context.syscall, context.interface].filter(Boolean).join(' ')
    super(
      `${subject === '' ? '' : `${subject}: `}${reason} (${code})`,
      context.cause === undefined ? undefined : { cause: context.cause },
    )
    this.code = code
    this.errno = errno
    this.syscall = context.syscall
    this.interface = context.interface
    this.command = context.command
  }
}

/** Returns the error for a failed system call; `errno` is positive, as the C library has it. */
export function systemError(errno: number, context: EthtoolErrorContext): EthtoolError {
  const known = getSystemErrorMap().get(-errno)
  return new EthtoolError(getSystemErrorName(-errno), reasonOf(errno, known?.[1]), -errno, context)
}

/** Returns whether the error means "this driver doesn't have the operation": ENOTSUP (EOPNOTSUPP in the kernel). */
export function isNotSupported(error: unknown): boolean {
  return error instanceof EthtoolError && error.errno === -ERRNO.EOPNOTSUPP
}

function reasonOf(errno: number, text: string | undefined): string {
  // libuv has one sentence for 95, "operation not supported on socket", and the socket is not what lacks it here
  if (errno === ERRNO.EOPNOTSUPP) return 'operation not supported'
  return text ?? `unknown errno ${errno}`
}
