// What is known of an interface's link and driver besides its counters: `ethtool -i`, `ethtool` and two files of sysfs.
import { readFileSync } from 'node:fs'

import type { DriverInfo, Ethtool, LinkSettings } from '@ena-otel/ethtool'

export interface LinkFacts {
  /** `undefined` when the interface has no driver to ask (`lo`). */
  readonly driver: DriverInfo | undefined
  /** `undefined` when the driver has no link settings. */
  readonly settings: LinkSettings | undefined
  /** Somebody set the interface up (IFF_UP). */
  readonly up: boolean
  /** There is a link; never while the interface is down. `ethtool` calls it "Link detected". */
  readonly carrier: boolean
}

/**
 * The facts as they are now; call it again to follow changes. On ENA it costs an admin command (the link settings).
 *
 * @throws EthtoolError ENODEV, or Error ENOENT, ENODEV of the file system, when the interface is gone
 */
export function readLinkFacts(
  ethtool: Pick<Ethtool, 'driverInfo' | 'linkSettings'>,
  sysfs: string,
  name: string,
): LinkFacts {
  const directory = `${sysfs}/class/net/${name}`
  const up = (Number.parseInt(readFileSync(`${directory}/flags`, 'latin1'), 16) & IFF_UP) !== 0
  return {
    driver: unlessCode('ENOTSUP', () => ethtool.driverInfo(name)),
    settings: ethtool.linkSettings(name),
    up,
    // net/core/net-sysfs.c, carrier_show: EINVAL while the interface is down, should it go down just now
    carrier: up && unlessCode('EINVAL', () => readFileSync(`${directory}/carrier`, 'latin1').trim()) === '1',
  }
}

/** include/uapi/linux/if.h: IFF_UP = 1<<0. The file holds the flags in hexadecimal, `0x1003`. */
const IFF_UP = 1

/** `undefined` for the one error that says there is nothing to read. */
function unlessCode<T>(code: string, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined
    throw error
  }
}
