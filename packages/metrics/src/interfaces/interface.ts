// One network interface as sysfs describes it: /sys/class/net/X (Linux, Documentation/ABI/testing/sysfs-class-net).
import { readFileSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'

import { unlessErrno } from './errno.ts'

export interface NetworkInterface {
  readonly name: string
  /** `ifindex`: never used twice while the kernel runs. */
  readonly index: number
  /** `address`, lower case with colons; '' where the interface has none. */
  readonly mac: string
  /** Address of the device on its bus, `0000:00:05.0`; `undefined` when there is no device behind the interface (veth, bridge, lo). */
  readonly bus: string | undefined
  /** Name of the device's driver, `ena`; `undefined` when there is no device, or nothing drives it. */
  readonly driver: string | undefined
}

/**
 * Codes of a read from the folder of an interface that is gone, or about to go: the kernel gives EINVAL while it removes one
 * (net/core/net-sysfs.c, netdev_show).
 */
export const GONE: readonly string[] = ['ENOENT', 'ENODEV', 'EINVAL']

/**
 * The interface as it is now.
 *
 * @throws Error with one of the codes in GONE when it went away meanwhile
 */
export function readInterface(sysfs: string, name: string): NetworkInterface {
  const directory = `${sysfs}/class/net/${name}`
  const device = linkTarget(`${directory}/device`)
  const driver = device && linkTarget(`${directory}/device/driver`)
  return {
    name,
    index: Number(readFileSync(`${directory}/ifindex`, 'latin1')),
    mac: readFileSync(`${directory}/address`, 'latin1').trim(),
    bus: device && basename(device),
    driver: driver && basename(driver),
  }
}

/** The index of the interface that goes by the name now; `undefined` when none does any more. */
export function readIndex(sysfs: string, name: string): number | undefined {
  return unlessErrno(GONE, () => Number(readFileSync(`${sysfs}/class/net/${name}/ifindex`, 'latin1')))
}

/**
 * Speed of the link in Mbit/s; `undefined` when it isn't known. Source: `speed` in sysfs, which the driver is asked for: on ENA an
 * admin command.
 *
 * @throws Error ENODEV when the interface went away meanwhile
 */
export function readSpeed(sysfs: string, name: string): number | undefined {
  // speed_show (net/core/net-sysfs.c): EINVAL when the interface is down, or its driver has no link settings
  const codes = ['ENOENT', 'EINVAL', 'ENOTSUP']
  const speed = unlessErrno(codes, () => Number(readFileSync(`${sysfs}/class/net/${name}/speed`, 'latin1')))
  return speed !== undefined && speed > 0 ? speed : undefined // -1: SPEED_UNKNOWN
}

/** Stays the same when the interface is renamed: MAC and bus address. Without a bus address the index has to do. */
export function identity({ mac, bus, index }: NetworkInterface): string {
  return `${mac}@${bus ?? `index ${index}`}`
}

/** include/uapi/linux/if.h */
const IFF_UP = 1

/** Whether somebody has set the interface up. `flags` is the text of that file, hexadecimal: `0x1003`. */
export function isSetUp(flags: string): boolean {
  return (Number.parseInt(flags, 16) & IFF_UP) !== 0
}

/**
 * What `read` returns from the file `carrier`; `undefined` while the interface is down, when the kernel refuses to read it
 * (net/core/net-sysfs.c, carrier_show).
 *
 * @throws what `read` throws, except EINVAL
 */
export function unlessDown<T>(read: () => T): T | undefined {
  return unlessErrno(['EINVAL'], read)
}

/** Where a link points to; `undefined` when there is no such link. */
function linkTarget(path: string): string | undefined {
  return unlessErrno(['ENOENT'], () => realpathSync(path))
}
