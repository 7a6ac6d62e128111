// A folder that stands for sysfs: /sys/class/net with links to the devices and drivers behind, as the kernel makes them.
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder, writeFiles } from '../readers/temporary-folder.ts'

export interface Nic {
  readonly name: string
  readonly index: number
  readonly mac: string
  /** Address on the PCI bus; without it there is no device behind the interface. */
  readonly bus?: string
  /** Without it the device has none. */
  readonly driver?: string
  readonly statistics?: Readonly<Record<string, number>>
}

export interface Machine {
  readonly sysfs: string
  readonly add: (...nics: readonly Nic[]) => void
  readonly remove: (name: string) => void
  readonly rename: (from: string, to: string) => void
  /** Gives a file of an interface another text. */
  readonly write: (name: string, file: string, text: string | number) => void
}

export function machine(...nics: readonly Nic[]): Machine {
  const sysfs = temporaryFolder({ 'class/net/': '' })
  const built: Machine = {
    sysfs,
    add: (...added) => {
      for (const one of added) addNic(sysfs, one)
    },
    remove: (name) => rmSync(join(sysfs, 'class/net', name), { recursive: true }),
    rename: (from, to) => renameSync(join(sysfs, 'class/net', from), join(sysfs, 'class/net', to)),
    write: (name, file, text) => writeFileSync(join(sysfs, 'class/net', name, file), `${text}\n`),
  }
  built.add(...nics)
  return built
}

function addNic(sysfs: string, { name, index, mac, bus, driver, statistics = {} }: Nic): void {
  writeFiles(join(sysfs, 'class/net', name), { ifindex: `${index}\n`, address: `${mac}\n`, flags: '0x1003\n' })
  for (const [file, value] of Object.entries(statistics))
    writeFiles(join(sysfs, 'class/net', name, 'statistics'), { [file]: `${value}\n` })
  if (bus === undefined) return
  const device = join(sysfs, 'devices/pci0000:00', bus)
  mkdirSync(device, { recursive: true })
  rmSync(join(device, 'driver'), { force: true })
  symlinkSync(`../../../devices/pci0000:00/${bus}`, join(sysfs, 'class/net', name, 'device'))
  if (driver === undefined) return
  mkdirSync(join(sysfs, 'bus/pci/drivers', driver), { recursive: true })
  symlinkSync(`../../../bus/pci/drivers/${driver}`, join(device, 'driver'))
}

/** The interface `name` with this driver; everything else follows from `index`. */
export function nic(name: string, driver: string | undefined, index: number): Nic {
  const hex = index.toString(16).padStart(2, '0')
  const device = driver === undefined ? {} : { bus: `0000:00:${hex}.0`, driver }
  return { name, index, mac: `02:00:00:00:00:${hex}`, ...device }
}
