// Folders that stand for machines: fixtures/README.md.

import { fileURLToPath } from 'node:url'

export type Machine = 'nitro' | 'metal' | 'xen' | 'qemu' | 'empty'

export function fixture(machine: Machine): { readonly sysfs: string; readonly etc: string } {
  const folder = fileURLToPath(new URL(`fixtures/${machine}`, import.meta.url))
  return { sysfs: `${folder}/sys`, etc: `${folder}/etc` }
}
