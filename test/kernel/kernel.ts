// Debian's kernel for a guest, and ena.c built for it.
import { createHash } from 'node:crypto'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { output } from '../harness/command.ts'
import { type Architecture, DEBIAN_NAMES, GNU_NAMES, hostArchitecture } from '../tools/architecture.ts'
import { cached } from '../tools/cache.ts'
import { debianTree, treeEnvironment } from '../tools/debian.ts'
import { namesHeader } from './names.ts'

/** The distribution's release whose kernel ena.c is written for, Linux 6.1. */
export const RELEASE = 'debian-12'

export interface Kernel {
  /** `uname -r`. */
  readonly release: string
  /** The path of what QEMU boots. */
  readonly image: string
  /** The folder of its modules, with modules.dep. */
  readonly modules: string
  /** The path of ena.ko, built from ena.c as it is now. */
  readonly ena: string
}

export async function kernel(architecture: Architecture): Promise<Kernel> {
  const folder = await packages(architecture)
  const release = await releaseIn(folder)
  return {
    release,
    image: join(folder, 'boot', `vmlinuz-${release}`),
    modules: join(folder, 'lib', 'modules', release),
    ena: await build(architecture, folder, release),
  }
}

/** The kernel and its headers, with the compiler that they are used with. */
function packages(architecture: Architecture): Promise<string> {
  const name = DEBIAN_NAMES[architecture]
  const host = hostArchitecture()
  const compiler = architecture === host ? 'gcc-12' : `gcc-12-${GNU_NAMES[architecture].replaceAll('_', '-')}`
  return debianTree({
    name: `kernel-${architecture}`,
    release: RELEASE,
    sets: [
      { architecture, packages: [`linux-image-${name}`, `linux-headers-${name}`] },
      // the headers' own tools run here: those of this machine's architecture
      { architecture: host, packages: ['linux-kbuild-6.1', compiler, 'make'], withDependencies: true },
    ],
    finish: async (folder) => {
      // the headers look for their common half in /usr/src
      const headers = `linux-headers-${await releaseIn(folder)}`
      const makefile = join(folder, 'usr', 'src', headers, 'Makefile')
      const text = await readFile(makefile, 'utf8')
      await writeFile(makefile, text.replace('/usr/src/', '$(dir $(lastword $(MAKEFILE_LIST)))../'))
    },
  })
}

async function releaseIn(folder: string): Promise<string> {
  const image = (await readdir(join(folder, 'boot'))).find((file) => file.startsWith('vmlinuz-'))
  if (image === undefined) throw new Error(`${folder}/boot holds no kernel`)
  return image.slice('vmlinuz-'.length)
}

/** Builds the module; takes 2 s. Keyed by its sources. */
async function build(architecture: Architecture, folder: string, release: string): Promise<string> {
  const header = namesHeader()
  const source = join(import.meta.dirname, 'ena.c')
  const key = createHash('sha256')
    .update(await readFile(source))
    .update(header)
    .digest('hex')
    .slice(0, 8)
  const built = await cached(`ena-${release}-${key}`, async (module) => {
    await cp(source, join(module, 'ena.c'))
    await writeFile(join(module, 'ena-names.h'), header)
    await writeFile(join(module, 'Makefile'), 'obj-m += ena.o\nccflags-y += -Werror\n')
    await output(
      [
        ['make', '-s', '-C', join(folder, 'usr', 'src', `linux-headers-${release}`), `M=${module}`, 'modules'],
        architecture === hostArchitecture() ? [] : [`CROSS_COMPILE=${GNU_NAMES[architecture]}-`],
        [`ARCH=${KERNEL_NAMES[architecture]}`],
      ].flat(),
      { env: { ...process.env, ...treeEnvironment(folder) } },
    )
  })
  return join(built, 'ena.ko')
}

/** As the kernel's makefiles call it. */
const KERNEL_NAMES: Readonly<Record<Architecture, string>> = { x64: 'x86', arm64: 'arm64' }
