// What is known of an interface's link and driver besides its counters: `ethtool -i`, `ethtool` and two files of sysfs.
import { readFileSync } from 'node:fs'

import type { DriverInfo, Ethtool, LinkSettings } from '@ena-otel/ethtool'

import { unlessErrno } from './errno.ts'
import { isSetUp, unlessDown } from './interface.ts'

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
  const up = isSetUp(readFileSync(`${directory}/flags`, 'latin1'))
  return {
    driver: unlessErrno(['ENOTSUP'], () => ethtool.driverInfo(name)),
    settings: ethtool.linkSettings(name),
    up,
    carrier: up && unlessDown(() => readFileSync(`${directory}/carrier`, 'latin1').trim()) === '1', // may go down just now
  }
}
