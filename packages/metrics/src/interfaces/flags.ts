// The files `flags` and `carrier` of an interface (Linux, Documentation/ABI/testing/sysfs-class-net).

/** include/uapi/linux/if.h */
const IFF_UP = 1

/** Whether somebody has set the interface up. `flags` is the text of the file, hexadecimal: `0x1003`. */
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
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EINVAL') return undefined
    throw error
  }
}
