// QEMU, Debian's: the machine that a guest runs on, in software, because CI has no KVM.
import { join } from 'node:path'

import type { Architecture } from '../tools/architecture.ts'
import { debianTree, treeEnvironment } from '../tools/debian.ts'
import { RELEASE } from './kernel.ts'

export interface Emulator {
  /** The program, and where it finds its firmware; a machine's own arguments follow. */
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Name of the serial line's device in the guest. */
  readonly console: string
}

export async function emulator(architecture: Architecture): Promise<Emulator> {
  const { packages, program, machine, console } = MACHINES[architecture]
  const folder = await debianTree({
    name: `qemu-${architecture}`,
    release: RELEASE,
    sets: [{ packages, withDependencies: true }],
  })
  const firmware = ['qemu', 'seabios'].flatMap((name) => ['-L', join(folder, 'usr', 'share', name)])
  return {
    command: [join(folder, 'usr', 'bin', program), ...firmware, ...machine],
    env: treeEnvironment(folder),
    console,
  }
}

const MACHINES = {
  x64: {
    packages: ['qemu-system-x86'],
    program: 'qemu-system-x86_64',
    machine: ['-cpu', 'max'],
    console: 'ttyS0',
  },
  arm64: {
    packages: ['qemu-system-arm'],
    program: 'qemu-system-aarch64',
    // Graviton2's; `max` is three times slower
    machine: ['-machine', 'virt,gic-version=3', '-cpu', 'neoverse-n1'],
    console: 'ttyAMA0',
  },
} as const satisfies Readonly<Record<Architecture, object>>
