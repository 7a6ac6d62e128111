// Opening a handle: options checked, then the real kernel.
import { createEthtool, type Ethtool } from './ethtool.ts'
import { loadLibc } from './ioctl.ts'
import { openSocket } from './socket.ts'

/** Options of `openEthtool`. */
export interface EthtoolOptions {
  /**
   * How often statistics are tried again while the driver keeps changing its string set, before
   * ERR_ETHTOOL_UNSETTLED is thrown. From 1 to 100, default 5.
   */
  readonly attempts?: number
}

/**
 * Opens a handle on the network namespace of the calling thread. Needs no privilege. A handle holds one socket and what
 * its prepared statistics hold; close it, it isn't closed by being forgotten.
 *
 * @example
 * const ethtool = openEthtool()
 * console.log(ethtool.driverInfo('eth0').driver, ethtool.statistics('eth0'))
 * ethtool.close()
 *
 * @throws EthtoolError ERR_ETHTOOL_PLATFORM unless on Linux on x64 or arm64, ERR_ETHTOOL_FFI when koffi can't be loaded,
 * EMFILE, ENFILE, EPERM, EACCES when no socket can be had; RangeError for a bad option.
 */
export function openEthtool(options: EthtoolOptions = {}): Ethtool {
  const { attempts = 5 } = options
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 100) {
    throw new RangeError(`attempts must be an integer from 1 to 100, got ${attempts}`)
  }
  return createEthtool(openSocket(loadLibc(process.platform, process.arch)), attempts)
}
