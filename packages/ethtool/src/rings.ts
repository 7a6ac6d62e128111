// ETHTOOL_GRINGPARAM: how long an interface's rings are. Truth: `struct ethtool_ringparam` in linux/ethtool.h.
//
//   offset field                    offset field
//        0 cmd                          20 rx_pending
//        4 rx_max_pending               24 rx_mini_pending
//        8 rx_mini_max_pending          28 rx_jumbo_pending
//       12 rx_jumbo_max_pending         32 tx_pending
//       16 tx_max_pending                                  all __u32
import { checkSize } from './layout.ts'
import { CMD, COMMANDS } from './uapi.ts'

const SIZE = 36

/** Entries per ring, as `ethtool -g` prints them: the most the driver supports, and those in use now. */
export interface Rings {
  readonly maxRx: number
  /** 0 where the interface has no rings of this kind; so says the kernel, it is no missing value. */
  readonly maxRxMini: number
  /** As `maxRxMini`. */
  readonly maxRxJumbo: number
  readonly maxTx: number
  readonly rx: number
  readonly rxMini: number
  readonly rxJumbo: number
  readonly tx: number
}

/** Returns the request, whose bytes the kernel replaces by the reply. */
export function encodeRings(): Buffer {
  const message = Buffer.alloc(SIZE)
  message.writeUInt32LE(COMMANDS.ETHTOOL_GRINGPARAM, CMD)
  return message
}

/** Returns what a reply says. @throws RangeError when it is too short. */
export function decodeRings(reply: Buffer): Rings {
  checkSize('struct ethtool_ringparam', reply, SIZE)
  return {
    maxRx: reply.readUInt32LE(4),
    maxRxMini: reply.readUInt32LE(8),
    maxRxJumbo: reply.readUInt32LE(12),
    maxTx: reply.readUInt32LE(16),
    rx: reply.readUInt32LE(20),
    rxMini: reply.readUInt32LE(24),
    rxJumbo: reply.readUInt32LE(28),
    tx: reply.readUInt32LE(32),
  }
}
