// The names of an interface's statistics. Truth: `struct ethtool_sset_info` (ETHTOOL_GSSET_INFO: how many) and
// `struct ethtool_gstrings` (ETHTOOL_GSTRINGS: which) in linux/ethtool.h.
//
//   ethtool_sset_info                  ethtool_gstrings
//   offset size field                  offset size field
//        0    4 cmd                         0    4 cmd
//        4    4 reserved                    4    4 string_set
//        8    8 sset_mask                   8    4 len, in strings
//       16    4 data[0]                    12      data: len × ETH_GSTRING_LEN
import { request } from './command.ts'
import { EthtoolError, isNotSupported } from './ethtool-error.ts'
import type { Kernel } from './kernel.ts'
import { checkSize, fixedString } from './layout.ts'
import { CHANGED } from './settle.ts'
import { CMD, COMMANDS, ERRNO, ETH_GSTRING_LEN, ETH_SS_STATS } from './uapi.ts'

const SSET_INFO_SIZE = 20
const SSET_MASK = 8
const SSET_DATA = 16

const GSTRINGS_SIZE = 12
const STRING_SET = 4
const LEN = 8

// Far more than any driver has (the largest known are below 20,000), and what keeps nonsense from becoming an allocation.
const MAX_COUNT = 1 << 20

/** Returns the request for the number of statistics, whose bytes the kernel replaces by the reply. */
export function encodeStringCount(): Buffer {
  const message = Buffer.alloc(SSET_INFO_SIZE)
  message.writeUInt32LE(COMMANDS.ETHTOOL_GSSET_INFO, CMD)
  message.writeUInt32LE(1 << ETH_SS_STATS, SSET_MASK) // the lower half of the u64
  return message
}

/** Returns the number of statistics; `undefined` when the driver has no such set. @throws RangeError when it can't be. */
export function decodeStringCount(reply: Buffer): number | undefined {
  checkSize('struct ethtool_sset_info', reply, SSET_INFO_SIZE)
  // the kernel clears the bit of a set the driver doesn't have, and then data[0] isn't about it
  if ((reply.readUInt32LE(SSET_MASK) & (1 << ETH_SS_STATS)) === 0) return undefined
  const count = reply.readUInt32LE(SSET_DATA)
  if (count > MAX_COUNT) throw new RangeError(`ethtool_sset_info.data: at most ${MAX_COUNT} strings, got ${count}`)
  return count
}

/** Returns the request for `count` names, whose bytes the kernel replaces by the reply. */
export function encodeStrings(count: number): Buffer {
  const message = Buffer.alloc(GSTRINGS_SIZE + count * ETH_GSTRING_LEN)
  message.writeUInt32LE(COMMANDS.ETHTOOL_GSTRINGS, CMD)
  message.writeUInt32LE(ETH_SS_STATS, STRING_SET)
  message.writeUInt32LE(count, LEN)
  return message
}

/**
 * Returns the names of a reply, as many as it says it has, in its order. A name fills its 32 bytes without a NUL in some
 * drivers; blanks at its end are the driver's and stay. @throws RangeError when the reply is shorter than it says.
 */
export function decodeStrings(reply: Buffer): readonly string[] {
  checkSize('struct ethtool_gstrings', reply, GSTRINGS_SIZE)
  const count = reply.readUInt32LE(LEN)
  checkSize(`struct ethtool_gstrings of ${count}`, reply, GSTRINGS_SIZE + count * ETH_GSTRING_LEN)
  return Array.from({ length: count }, (_, index) =>
    fixedString(reply, GSTRINGS_SIZE + index * ETH_GSTRING_LEN, ETH_GSTRING_LEN),
  )
}

/**
 * Returns the names of an interface's statistics in the kernel's order; `undefined` when the driver offers none: it has
 * no such set, or an empty one, which is the same to a reader; `CHANGED` when the set changed between the two calls.
 * @throws EthtoolError ENODEV, EPERM, …
 */
export function readNames(kernel: Kernel, interfaceName: string): readonly string[] | undefined | typeof CHANGED {
  let count: number | undefined
  let message: Buffer | undefined
  try {
    count = request(kernel, interfaceName, encodeStringCount(), decodeStringCount)
    if (count === undefined || count === 0) return undefined
    message = encodeStrings(count)
    const names = request(kernel, interfaceName, message, decodeStrings)
    // current kernels answer a length that isn't theirs with no strings at all, older ones with their own number of them
    return names.length === count ? names : CHANGED
  } catch (error) {
    if (hasNoStatistics(error)) return undefined
    if (message !== undefined && outgrew(error, message.readUInt32LE(LEN), count ?? 0)) return CHANGED
    throw error
  }
}

/**
 * Returns whether an error means that the driver has no statistics: ENOTSUP, or EINVAL, which some drivers give for a
 * string set they don't know.
 */
export function hasNoStatistics(error: unknown): boolean {
  return isNotSupported(error) || (error instanceof EthtoolError && error.errno === -ERRNO.EINVAL)
}

/**
 * Returns whether an error means that the set has outgrown the memory it was to be written into. Kernels without the check
 * of the length (6.1.192, 6.12.117 and 6.18.44 have it) write all they have whatever the caller asked for; since that
 * memory ends at a page nobody may write to (`block.ts`), they get EFAULT there, having left the larger number in the header.
 */
export function outgrew(error: unknown, returned: number, allocated: number): boolean {
  return error instanceof EthtoolError && error.errno === -ERRNO.EFAULT && returned > allocated
}
