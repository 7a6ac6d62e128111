// Names and values of statistics come from two calls, and a driver may change its set in between (queues added, an XDP
// program loaded, the device replaced). Such an attempt is thrown away and made again.
import { EthtoolError } from './ethtool-error.ts'

/** What an attempt returns that met a string set in the middle of a change. */
export const CHANGED: unique symbol = Symbol('string set changed')

/**
 * Returns the first result that isn't `CHANGED`, of `attempts` tries at most.
 * @throws EthtoolError ERR_ETHTOOL_UNSETTLED when there is none, and whatever an attempt throws.
 */
export function settle<T>(attempts: number, interfaceName: string, attempt: () => T | typeof CHANGED): T {
  for (let made = 0; made < attempts; made++) {
    const result = attempt()
    if (result !== CHANGED) return result
  }
  const context = { syscall: 'ioctl', interface: interfaceName, command: 'ETHTOOL_GSTATS' }
  const reason = `the driver's statistics changed during each of ${attempts} attempts to read them: try again, and see whether something changes its queues all the time`
  throw new EthtoolError('ERR_ETHTOOL_UNSETTLED', reason, undefined, context)
}
