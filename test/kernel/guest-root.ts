// The files of a guest's `/`, without the repository: a C library, what Node needs with it, busybox, ethtool; on another
// architecture than this machine's, Node itself and the native packages of the workspace.
import { createHash } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { output } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { type Architecture, hostArchitecture } from '../tools/architecture.ts'
import { cached } from '../tools/cache.ts'
import { debianTree } from '../tools/debian.ts'
import { download } from '../tools/download.ts'
import { onPath } from '../tools/on-path.ts'
import { RELEASE } from './kernel.ts'

export interface GuestRoot {
  /** Folders of the host that make up the guest's `/`, the first on top. */
  readonly layers: readonly string[]
  /** The path of Node in the guest. */
  readonly node: string
  /** The path of busybox on the host, for the initial file system. */
  readonly busybox: string
}

/** @param repository its path, which is the same in the guest */
export async function guestRoot(architecture: Architecture, repository: string): Promise<GuestRoot> {
  const packages = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'busybox-static', 'ethtool', 'libmnl0']
  const folder = await debianTree({
    name: `guest-${architecture}`,
    release: RELEASE,
    sets: [{ architecture, packages }],
  })
  const busybox = join(folder, 'bin', 'busybox')
  if (architecture === hostArchitecture()) {
    return { layers: [folder], node: process.execPath, busybox }
  }
  const native = await nativePackages(architecture, repository)
  return { layers: [native, folder], node: `/node_modules/node-linux-${architecture}/bin/node`, busybox }
}

/**
 * A folder with `node_modules` in it: Node, and the counterparts of all native packages that are installed in the workspace
 * for this machine, in the same versions. In the guest it is /node_modules, where Node looks last.
 */
async function nativePackages(architecture: Architecture, repository: string): Promise<string> {
  if (onPath('npm') === undefined) throw new NotHere(`Node for ${architecture}`, 'npm is not installed')
  const wanted = await counterparts(architecture, repository)
  const key = createHash('sha256').update(wanted.join(' ')).digest('hex').slice(0, 8)
  return cached(`node-${architecture}-${process.versions.node}-${key}`, async (folder) => {
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
    const platform = [`--cpu=${architecture}`, '--os=linux', '--libc=glibc', '--force', '--ignore-scripts']
    const quiet = ['--silent', '--no-audit', '--no-fund', '--no-package-lock']
    const install = ['npm', 'install', ...platform, ...quiet, ...wanted]
    await download(`Node for ${architecture}`, () => output(install, { cwd: folder }))
  })
}

/** The packages that a test may need in a guest: not those of the checks, which are large. */
const IN_GUEST = /^(@koromix\/koffi|@rolldown\/binding|lightningcss)-/

async function counterparts(architecture: Architecture, repository: string): Promise<readonly string[]> {
  const store = await readdir(join(repository, 'node_modules', '.pnpm'))
  const ours = `-linux-${process.arch}`
  const native = store
    .map((entry) => entry.replace('+', '/').replaceAll(ours, `-linux-${architecture}`))
    .filter((name) => IN_GUEST.test(name) && name.includes(`-linux-${architecture}`))
  return [`node-linux-${architecture}@${process.versions.node}`, ...native].toSorted()
}
