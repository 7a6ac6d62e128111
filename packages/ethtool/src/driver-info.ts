// ETHTOOL_GDRVINFO: who drives an interface. Truth: `struct ethtool_drvinfo` in linux/ethtool.h.
//
//   offset size field            offset size field
//        0    4 cmd                 132   32 erom_version
//        4   32 driver              164   12 reserved2
//       36   32 version             176    4 n_priv_flags
//       68   32 fw_version          180    4 n_stats
//      100   32 bus_info            184   12 testinfo_len, eedump_len, regdump_len
import { checkSize, fixedString } from './layout.ts'
import { CMD, COMMANDS } from './uapi.ts'

const SIZE = 196
const DRIVER = 4
const VERSION = 36
const FW_VERSION = 68
const BUS_INFO = 100
const EROM_VERSION = 132
const STRING_LENGTH = 32

/** An interface's driver, as `ethtool -i` prints it. A field the driver leaves empty is `undefined`. */
export interface DriverInfo {
  /** The driver's short name: `'ena'`, `'virtio_net'`, `'veth'`. */
  readonly driver: string
  /** The driver's version; in-tree drivers mostly report the kernel's release here. */
  readonly version: string | undefined
  readonly firmwareVersion: string | undefined
  /** Address on the bus, `'0000:00:05.0'` for PCI. */
  readonly busInfo: string | undefined
  readonly expansionRomVersion: string | undefined
}

/** Returns the request, whose bytes the kernel replaces by the reply. */
export function encodeDriverInfo(): Buffer {
  const message = Buffer.alloc(SIZE)
  message.writeUInt32LE(COMMANDS.ETHTOOL_GDRVINFO, CMD)
  return message
}

/** Returns what a reply says. @throws RangeError when it is too short. */
export function decodeDriverInfo(reply: Buffer): DriverInfo {
  checkSize('struct ethtool_drvinfo', reply, SIZE)
  const optional = (offset: number): string | undefined => fixedString(reply, offset, STRING_LENGTH) || undefined
  return {
    driver: fixedString(reply, DRIVER, STRING_LENGTH),
    version: optional(VERSION),
    firmwareVersion: optional(FW_VERSION),
    busInfo: optional(BUS_INFO),
    expansionRomVersion: optional(EROM_VERSION),
  }
}
