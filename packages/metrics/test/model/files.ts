// The files of sysfs that the agent reads, in memory. A file that was open when its interface was removed answers ENODEV.
import type { Device, Key } from './kernel.ts'

/** What `statistics` shows: 0 while the device is down or resets. */
function shown(device: Device, key: Key): number {
  return !device.isUp || device.isResetting ? 0 : device.counted[key]
}

export interface FileSystem {
  readonly readdir: (path: string) => string[]
  readonly open: (path: string) => number
  readonly read: (fd: number) => string
  readonly readFile: (path: string) => string
  readonly realpath: (path: string) => string
}

/** The kernel guarantees no order. */
export const STATISTICS: readonly Key[] = ['rx_dropped', 'rx_packets', 'tx_bytes']

export function createFiles(devices: readonly Device[], onRead: (file: string) => void): FileSystem {
  const open: { device: Device; file: string }[] = []
  const resolve = (path: string): { device: Device; file: string } => {
    const [, name = '', file = ''] = /^\/model\/sys\/class\/net\/([^/]+)\/?(.*)$/.exec(path) ?? []
    const device = devices.find((one) => one.isThere && one.name === name)
    if (!device) throw noSuchFile(path)
    return { device, file }
  }
  const text = ({ device, file }: { device: Device; file: string }): string => {
    if (!device.isThere) throw Object.assign(new Error('no such device'), { code: 'ENODEV' })
    if (file === `statistics/${STATISTICS.at(-1)}`) refuse(device, 'EIO')
    if (file.startsWith('statistics/')) return `${shown(device, file.slice('statistics/'.length) as Key)}\n`
    if (file === 'carrier') {
      if (!device.isUp) throw Object.assign(new Error('invalid argument'), { code: 'EINVAL' })
      return device.isResetting ? '0\n' : '1\n'
    }
    if (file === 'flags') return device.isUp ? '0x1003\n' : '0x1002\n'
    if (file === 'ifindex') return `${device.index}\n`
    if (file === 'address') return `${device.eni.mac}\n`
    throw noSuchFile(file)
  }
  return {
    readdir: (path) => {
      if (path === '/model/sys/class/net') return devices.filter(({ isThere }) => isThere).map(({ name }) => name)
      resolve(path)
      return [...STATISTICS]
    },
    open: (path) => {
      const found = resolve(path)
      if (found.file !== 'carrier') text(found) // what it doesn't have, it doesn't open
      return open.push(found) - 1
    },
    read: (fd) => {
      onRead(open[fd]!.file)
      return text(open[fd]!)
    },
    readFile: (path) => text(resolve(path)),
    realpath: (path) => {
      const { device, file } = resolve(path)
      return file === 'device' ? `/model/sys/devices/${device.bus}` : '/model/sys/bus/pci/drivers/ena'
    },
  }
}

function noSuchFile(path: string): Error {
  return Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' })
}

/** Fails the read if the device refuses it. */
export function refuse(device: Device, code: string): void {
  if (device.refusing === 0) return
  device.refusing--
  throw Object.assign(new Error(code), { code })
}
