// What may be an interface name. Truth: dev_valid_name() in net/core/dev.c, of which only the rules that keep a name
// within `ifr_name` are repeated here; a name the kernel refuses for other reasons gives ENODEV.
import { IFNAMSIZ } from './uapi.ts'

/**
 * Returns the name unchanged when it can be an interface's.
 * @throws TypeError when it isn't a string; RangeError unless it has 1 to 15 bytes and neither '/' nor NUL.
 */
export function checkInterfaceName(name: string): string {
  if (typeof name !== 'string') throw new TypeError(`interface name must be a string, got ${typeof name}`)
  const length = Buffer.byteLength(name)
  if (length < 1 || length >= IFNAMSIZ) {
    throw new RangeError(`interface name must have 1 to ${IFNAMSIZ - 1} bytes, got ${length}: ${JSON.stringify(name)}`)
  }
  if (name.includes('/') || name.includes('\0')) {
    throw new RangeError(`interface name must contain neither '/' nor NUL: ${JSON.stringify(name)}`)
  }
  return name
}
