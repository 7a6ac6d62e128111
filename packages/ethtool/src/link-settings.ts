// ETHTOOL_GLINKSETTINGS: speed and medium of a link. Truth: `struct ethtool_link_settings` in linux/ethtool.h.
//
//   offset size field            offset size field
//        0    4 cmd                  12    3 mdio_support, eth_tp_mdix, eth_tp_mdix_ctrl
//        4    4 speed                15    1 link_mode_masks_nwords (signed)
//        8    1 duplex               16    4 transceiver, master_slave_cfg, master_slave_state, rate_matching
//        9    1 port                 20   28 reserved
//       10    1 phy_address          48      link_mode_masks: 3 × nwords × 4 bytes
//       11    1 autoneg
//
// The command takes two rounds: asked with nwords = 0 the kernel answers nothing but the negated number of words of its
// own masks, and only a request with that very number gets the settings.
import { checkSize } from './layout.ts'
import { CMD, COMMANDS } from './uapi.ts'

const SIZE = 48
const SPEED = 4
const DUPLEX = 8
const PORT = 9
const AUTONEG = 11
const LINK_MODE_MASKS_NWORDS = 15
const MASKS = 3
const WORD = 4

const DUPLEXES: Readonly<Record<number, 'half' | 'full'>> = {
  0x00: 'half', // DUPLEX_HALF
  0x01: 'full', // DUPLEX_FULL; 0xff is DUPLEX_UNKNOWN
}

const PORTS = {
  0x00: 'twisted-pair', // PORT_TP
  0x01: 'aui', // PORT_AUI
  0x02: 'mii', // PORT_MII
  0x03: 'fibre', // PORT_FIBRE
  0x04: 'bnc', // PORT_BNC
  0x05: 'direct-attach', // PORT_DA
  0xef: 'none', // PORT_NONE
  0xff: 'other', // PORT_OTHER
} as const

const AUTONEG_DISABLE = 0x00

// ethtool(8) takes these three for "unknown" too: no link, and SPEED_UNKNOWN (-1) as the old 16-bit and the 32-bit field had it.
const UNKNOWN_SPEEDS = new Set([0, 0xffff, 0xffffffff])

/** What kind of connector a link uses. */
export type Port = (typeof PORTS)[keyof typeof PORTS]

/** A link's settings, as `ethtool` prints them. */
export interface LinkSettings {
  /** Mbit/s; `undefined` when unknown, as it is on most virtual interfaces and without a link. */
  readonly speed: number | undefined
  /** `undefined` when unknown. */
  readonly duplex: 'half' | 'full' | undefined
  readonly autonegotiation: boolean
  /** `undefined` when the kernel reports a number that linux/ethtool.h had no name for when this was written. */
  readonly port: Port | undefined
}

/** Returns the request for masks of `words` words, whose bytes the kernel replaces by the reply; 0 asks for their number. */
export function encodeLinkSettings(words: number): Buffer {
  const message = Buffer.alloc(SIZE + MASKS * words * WORD)
  message.writeUInt32LE(COMMANDS.ETHTOOL_GLINKSETTINGS, CMD)
  message.writeInt8(words, LINK_MODE_MASKS_NWORDS)
  return message
}

/** Returns how many words the kernel's masks have, from the reply to a request with none. @throws RangeError when it offers none. */
export function decodeMaskWords(reply: Buffer): number {
  checkSize('struct ethtool_link_settings', reply, SIZE)
  const words = -reply.readInt8(LINK_MODE_MASKS_NWORDS)
  // -128 negates to 128, which the signed byte of the second request can't hold
  if (words < 1 || words > 127) throw new RangeError(`link_mode_masks_nwords: wanted -127 to -1, got ${-words}`)
  return words
}

/** Returns what the reply to the second request says. @throws RangeError when it is too short or is still a refusal. */
export function decodeLinkSettings(reply: Buffer): LinkSettings {
  checkSize('struct ethtool_link_settings', reply, SIZE)
  const words = reply.readInt8(LINK_MODE_MASKS_NWORDS)
  if (words < 1) throw new RangeError(`link_mode_masks_nwords: wanted the number that was sent, got ${words}`)
  checkSize('struct ethtool_link_settings with masks', reply, SIZE + MASKS * words * WORD)
  const speed = reply.readUInt32LE(SPEED)
  return {
    speed: UNKNOWN_SPEEDS.has(speed) ? undefined : speed,
    duplex: DUPLEXES[reply.readUInt8(DUPLEX)],
    autonegotiation: reply.readUInt8(AUTONEG) !== AUTONEG_DISABLE,
    port: (PORTS as Readonly<Record<number, Port>>)[reply.readUInt8(PORT)],
  }
}
