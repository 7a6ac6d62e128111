// The Linux ethtool ioctl for Node.
export { openEthtool, type EthtoolOptions } from './open.ts'
export type { Ethtool } from './ethtool.ts'
export type { PreparedStatistics } from './prepared-statistics.ts'
export type { DriverInfo } from './driver-info.ts'
export type { LinkSettings, Port } from './link-settings.ts'
export type { Channels } from './channels.ts'
export type { Rings } from './rings.ts'
export { EthtoolError } from './ethtool-error.ts'
