// ETHTOOL_GCHANNELS: how many queues an interface uses. Truth: `struct ethtool_channels` in linux/ethtool.h.
//
//   offset field          offset field
//        0 cmd                20 rx_count
//        4 max_rx             24 tx_count
//        8 max_tx             28 other_count
//       12 max_other          32 combined_count
//       16 max_combined                            all __u32
import { checkSize } from './layout.ts'
import { CMD, COMMANDS } from './uapi.ts'

const SIZE = 36

/** Numbers of channels, as `ethtool -l` prints them: the most the driver supports, and those in use now. */
export interface Channels {
  readonly maxRx: number
  readonly maxTx: number
  readonly maxOther: number
  readonly maxCombined: number
  readonly rx: number
  readonly tx: number
  readonly other: number
  readonly combined: number
}

/** Returns the request, whose bytes the kernel replaces by the reply. */
export function encodeChannels(): Buffer {
  const message = Buffer.alloc(SIZE)
  message.writeUInt32LE(COMMANDS.ETHTOOL_GCHANNELS, CMD)
  return message
}

/** Returns what a reply says. @throws RangeError when it is too short. */
export function decodeChannels(reply: Buffer): Channels {
  checkSize('struct ethtool_channels', reply, SIZE)
  return {
    maxRx: reply.readUInt32LE(4),
    maxTx: reply.readUInt32LE(8),
    maxOther: reply.readUInt32LE(12),
    maxCombined: reply.readUInt32LE(16),
    rx: reply.readUInt32LE(20),
    tx: reply.readUInt32LE(24),
    other: reply.readUInt32LE(28),
    combined: reply.readUInt32LE(32),
  }
}
