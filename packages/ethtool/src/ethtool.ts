// The commands of this package over a kernel, real or fake.
import { decodeChannels, encodeChannels, type Channels } from './channels.ts'
import { request } from './command.ts'
import { decodeDriverInfo, encodeDriverInfo, type DriverInfo } from './driver-info.ts'
import { EthtoolError, isNotSupported } from './ethtool-error.ts'
import { checkInterfaceName } from './interface-name.ts'
import type { Kernel } from './kernel.ts'
import { decodeLinkSettings, decodeMaskWords, encodeLinkSettings, type LinkSettings } from './link-settings.ts'
import { StatisticsReader, type PreparedStatistics } from './prepared-statistics.ts'
import { decodeRings, encodeRings, type Rings } from './rings.ts'
import { settle } from './settle.ts'
import { statisticsMap } from './statistics.ts'
import { readNames } from './string-set.ts'

/**
 * What the ethtool ioctl says about the network interfaces of one network namespace: the one the handle was opened in.
 *
 * `undefined` means that the driver doesn't offer the operation, never that it failed. Every method throws a TypeError
 * or RangeError for what can't be an interface name, and an `EthtoolError` with `code` ENODEV for an interface that
 * doesn't exist (or is suspended), ERR_ETHTOOL_CLOSED after `close()`, ERR_ETHTOOL_REPLY for a reply that makes no sense,
 * or the errno's name for whatever else the kernel answers.
 */
export interface Ethtool {
  /**
   * Who drives an interface, as `ethtool -i` prints it. Source: ETHTOOL_GDRVINFO.
   * @throws EthtoolError ENODEV; ENOTSUP (the kernel's EOPNOTSUPP) for an interface without a driver, such as `lo`.
   */
  driverInfo(name: string): DriverInfo
  /**
   * Names of the driver's private counters, in the kernel's order and with its duplicates. Source: ETHTOOL_GSTRINGS.
   * `undefined` when the driver has none. @throws EthtoolError ENODEV, ERR_ETHTOOL_UNSETTLED.
   */
  statisticNames(name: string): readonly string[] | undefined
  /**
   * The driver's private counters, as `ethtool -S` prints them, in the kernel's order; u64, mostly but not always
   * monotonic: the driver decides. A name that comes twice appears as `name` and `name#2`. Source: ETHTOOL_GSTATS.
   * `undefined` when the driver has none. @throws EthtoolError ENODEV, ERR_ETHTOOL_UNSETTLED.
   */
  statistics(name: string): ReadonlyMap<string, bigint> | undefined
  /** Speed, duplex and port of the link. Source: ETHTOOL_GLINKSETTINGS. `undefined` when the driver has none. @throws EthtoolError ENODEV. */
  linkSettings(name: string): LinkSettings | undefined
  /** Numbers of queues, as `ethtool -l` prints them. Source: ETHTOOL_GCHANNELS. `undefined` when the driver has none. @throws EthtoolError ENODEV. */
  channels(name: string): Channels | undefined
  /** Lengths of the rings, as `ethtool -g` prints them. Source: ETHTOOL_GRINGPARAM. `undefined` when the driver has none. @throws EthtoolError ENODEV. */
  rings(name: string): Rings | undefined
  /**
   * A reader of the statistics that `filter` keeps (all of them without one), for reading often. For a driver that offers
   * none it has no names, and `read()` goes on looking for them. Closing the handle closes it.
   * @throws EthtoolError ENODEV, ERR_ETHTOOL_UNSETTLED.
   */
  prepare(name: string, filter?: (statistic: string) => boolean): PreparedStatistics
  /** Closes the socket and frees all memory. May be called twice. */
  close(): void
  [Symbol.dispose](): void
}

/** Returns the commands over `kernel`, which it owns; `attempts` is how often it tries when a string set keeps changing. */
export function createEthtool(kernel: Kernel, attempts: number): Ethtool {
  const readers = new Set<StatisticsReader>()
  let closed = false

  const check = (name: string): string => {
    if (closed) throw new EthtoolError('ERR_ETHTOOL_CLOSED', 'this ethtool handle is closed', undefined, {})
    return checkInterfaceName(name)
  }
  const read = <T>(interfaceName: string, message: Buffer, decode: (reply: Buffer) => T): T =>
    request(kernel, interfaceName, message, decode)
  const prepare = (name: string, filter?: (statistic: string) => boolean): StatisticsReader => {
    const onClose = (closing: StatisticsReader): void => void readers.delete(closing)
    const reader = new StatisticsReader({ kernel, interfaceName: check(name), attempts, filter, onClose })
    readers.add(reader)
    return reader
  }
  const close = (): void => {
    if (closed) return
    closed = true
    for (const reader of readers) reader.close()
    kernel.close()
  }

  return {
    driverInfo: (name) => read(check(name), encodeDriverInfo(), decodeDriverInfo),
    statisticNames: (name) => settle(attempts, check(name), () => readNames(kernel, name)),
    statistics(name) {
      const reader = prepare(name)
      try {
        reader.read()
        return reader.names.length === 0 ? undefined : statisticsMap(reader.names, reader.values)
      } finally {
        reader.close()
      }
    },
    linkSettings: (name) =>
      offered(() => {
        const words = read(check(name), encodeLinkSettings(0), decodeMaskWords)
        return read(name, encodeLinkSettings(words), decodeLinkSettings)
      }),
    channels: (name) => offered(() => read(check(name), encodeChannels(), decodeChannels)),
    rings: (name) => offered(() => read(check(name), encodeRings(), decodeRings)),
    prepare,
    close,
    [Symbol.dispose]: close,
  }
}

function offered<T>(get: () => T): T | undefined {
  try {
    return get()
  } catch (error) {
    if (isNotSupported(error)) return undefined
    throw error
  }
}
