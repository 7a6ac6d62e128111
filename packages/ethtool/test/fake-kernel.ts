// A kernel made of replies: one function, built from fixture bytes.
import { commandOf } from '../src/command.ts'
import { systemError } from '../src/ethtool-error.ts'
import type { Kernel } from '../src/kernel.ts'
import { ERRNO } from '../src/uapi.ts'
import type { CommandName, Replies } from './fixture.ts'

const ENODEV = 19

export interface FakeOptions {
  /** Runs before every command is answered, and may change the replies. */
  readonly before?: (command: CommandName | 'SIOCGIFINDEX', interfaceName: string) => void
  /** Plays a kernel that writes all its entries, also when it was asked for fewer. */
  readonly unchecked?: boolean
  readonly interfaceIndex?: (interfaceName: string) => number
  readonly free?: (payload: Buffer) => void
}

export function fakeKernel(interfaces: Readonly<Record<string, Replies>>, options: FakeOptions = {}): Kernel {
  return {
    call(interfaceName, payload) {
      const command = commandOf(payload) as CommandName
      options.before?.(command, interfaceName)
      const replies = interfaces[interfaceName]
      if (replies === undefined) return fail(ENODEV, command, interfaceName)
      const reply = replies[command] ?? ERRNO.EOPNOTSUPP
      if (typeof reply === 'number') return fail(reply, command, interfaceName)
      const answered = answer(command, payload, reply, options.unchecked ?? false)
      answered.copy(payload)
      if (answered.length > payload.length) fail(ERRNO.EFAULT, command, interfaceName)
    },
    interfaceIndex(interfaceName) {
      options.before?.('SIOCGIFINDEX', interfaceName)
      if (interfaces[interfaceName] === undefined) return fail(ENODEV, 'SIOCGIFINDEX', interfaceName)
      return options.interfaceIndex?.(interfaceName) ?? 7
    },
    allocate: (size) => Buffer.alloc(size),
    free: (payload) => options.free?.(payload),
    close() {},
  }
}

function fail(errno: number, command: string, interfaceName: string): never {
  throw systemError(errno, { syscall: 'ioctl', command, interface: interfaceName })
}

/** What the kernel does with a request before it copies a reply out. */
function answer(command: CommandName, request: Buffer, reply: Buffer, unchecked: boolean): Buffer {
  const lengthAt = { ETHTOOL_GSTRINGS: 8, ETHTOOL_GSTATS: 4 }[command as string]
  if (lengthAt !== undefined && !unchecked && request.readUInt32LE(lengthAt) !== reply.readUInt32LE(lengthAt)) {
    const header = Buffer.from(reply.subarray(0, lengthAt + 4))
    header.writeUInt32LE(0, lengthAt)
    return header
  }
  if (command === 'ETHTOOL_GLINKSETTINGS' && request.readInt8(15) !== reply.readInt8(15)) {
    const refusal = Buffer.alloc(48)
    request.copy(refusal, 0, 0, 4)
    refusal.writeInt8(-reply.readInt8(15), 15)
    return refusal
  }
  return reply
}
