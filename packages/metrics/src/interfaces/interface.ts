// One network interface as sysfs describes it: /sys/class/net/X (Linux, Documentation/ABI/testing/sysfs-class-net).
import { readFileSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'

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
 * The interface as it is now.
 *
 * @throws Error ENOENT or ENODEV when it went away meanwhile
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
  try {
    return Number(readFileSync(`${sysfs}/class/net/${name}/ifindex`, 'latin1'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENODEV') return undefined
    throw error
  }
}

/**
 * Speed of the link in Mbit/s; `undefined` when it isn't known. Source: `speed` in sysfs, which the driver is asked for: on ENA an
 * admin command.
 *
 * @throws Error ENODEV when the interface went away meanwhile
 */
export function readSpeed(sysfs: string, name: string): number | undefined {
  try {
    const speed = Number(readFileSync(`${sysfs}/class/net/${name}/speed`, 'latin1'))
    return speed > 0 ? speed : undefined // -1: SPEED_UNKNOWN
  } catch (error) {
    // speed_show (net/core/net-sysfs.c): EINVAL when the interface is down, or its driver has no link settings
    if (['ENOENT', 'EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** Stays the same when the interface is renamed: MAC and bus address. Without a bus address the index has to do. */
export function identity({ mac, bus, index }: NetworkInterface): string {
  return `${mac}@${bus ?? `index ${index}`}`
}

/** Where a link points to; `undefined` when there is no such link. */
function linkTarget(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
