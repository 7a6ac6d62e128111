// One command, from request to decoded reply.
import { EthtoolError } from './ethtool-error.ts'
import type { Kernel } from './kernel.ts'
import { CMD, COMMANDS } from './uapi.ts'

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(COMMANDS).map(([name, value]) => [value, name]))

/** Returns the kernel's name of the command a payload carries: `'ETHTOOL_GSTATS'`. */
export function commandOf(payload: Buffer): string {
  const command = payload.readUInt32LE(CMD)
  return NAMES.get(command) ?? `ethtool command 0x${command.toString(16)}`
}

/**
 * Sends `message`, which the kernel overwrites with its reply, and returns what `decode` makes of that.
 * @throws EthtoolError with the errno's code; ERR_ETHTOOL_REPLY when the reply contradicts its layout.
 */
export function request<T>(kernel: Kernel, interfaceName: string, message: Buffer, decode: (reply: Buffer) => T): T {
  kernel.call(interfaceName, message)
  return decodeReply(interfaceName, commandOf(message), () => decode(message))
}

/** Returns what `decode` returns, and says of which interface and command a reply was that it refuses. */
export function decodeReply<T>(interfaceName: string, command: string, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const context = { syscall: 'ioctl', interface: interfaceName, command, cause }
    throw new EthtoolError('ERR_ETHTOOL_REPLY', `unusable reply: ${cause.message}`, undefined, context)
  }
}
