// Replies encoded from the values they should decode to.
import { COMMANDS, ETH_GSTRING_LEN, ETH_SS_STATS } from '../src/uapi.ts'
import type { Replies } from './fixture.ts'

export function drvinfo(fields: Readonly<Record<number, string>>): Buffer {
  const reply = Buffer.alloc(196)
  reply.writeUInt32LE(COMMANDS.ETHTOOL_GDRVINFO, 0)
  for (const [offset, text] of Object.entries(fields)) reply.write(text, Number(offset), 32, 'latin1')
  return reply
}

export function ssetInfo(count: number | undefined): Buffer {
  const reply = Buffer.alloc(20)
  reply.writeUInt32LE(COMMANDS.ETHTOOL_GSSET_INFO, 0)
  if (count === undefined) return reply
  reply.writeBigUInt64LE(1n << BigInt(ETH_SS_STATS), 8)
  reply.writeUInt32LE(count, 16)
  return reply
}

export function gstrings(names: readonly string[]): Buffer {
  const reply = Buffer.alloc(12 + names.length * ETH_GSTRING_LEN)
  reply.writeUInt32LE(COMMANDS.ETHTOOL_GSTRINGS, 0)
  reply.writeUInt32LE(ETH_SS_STATS, 4)
  reply.writeUInt32LE(names.length, 8)
  for (const [index, name] of names.entries())
    reply.write(name, 12 + index * ETH_GSTRING_LEN, ETH_GSTRING_LEN, 'latin1')
  return reply
}

export function gstats(values: readonly bigint[]): Buffer {
  const reply = Buffer.alloc(8 + values.length * 8)
  reply.writeUInt32LE(COMMANDS.ETHTOOL_GSTATS, 0)
  reply.writeUInt32LE(values.length, 4)
  for (const [index, value] of values.entries()) reply.writeBigUInt64LE(value, 8 + index * 8)
  return reply
}

/** The three replies that make up a driver's statistics. */
export function statistics(
  entries: Readonly<Record<string, bigint>> | readonly (readonly [string, bigint])[],
): Replies {
  const list = Array.isArray(entries) ? entries : Object.entries(entries)
  return {
    ETHTOOL_GSSET_INFO: ssetInfo(list.length),
    ETHTOOL_GSTRINGS: gstrings(list.map(([name]) => name)),
    ETHTOOL_GSTATS: gstats(list.map(([, value]) => value)),
  }
}

/** `struct ethtool_channels` and `struct ethtool_ringparam`: a command and eight numbers. */
export function nineWords(command: 'ETHTOOL_GCHANNELS' | 'ETHTOOL_GRINGPARAM', numbers: readonly number[]): Buffer {
  const reply = Buffer.alloc(36)
  reply.writeUInt32LE(COMMANDS[command], 0)
  for (const [index, number] of numbers.entries()) reply.writeUInt32LE(number, 4 + index * 4)
  return reply
}

export interface LinkFields {
  readonly speed: number
  readonly duplex: number
  readonly port: number
  readonly autoneg: number
  readonly words: number
}

export function linkSettings({ speed, duplex, port, autoneg, words }: LinkFields): Buffer {
  const reply = Buffer.alloc(48 + Math.max(0, words) * 12)
  reply.writeUInt32LE(COMMANDS.ETHTOOL_GLINKSETTINGS, 0)
  reply.writeUInt32LE(speed, 4)
  reply.writeUInt8(duplex, 8)
  reply.writeUInt8(port, 9)
  reply.writeUInt8(autoneg, 11)
  reply.writeInt8(words, 15)
  return reply
}
