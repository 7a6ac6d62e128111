// The C and C++ libraries that Node is linked with, from Debian's packages. Node's project builds for glibc, and ships none.
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

import { output } from '../test/harness/command.ts'
import { type Architecture, GNU_NAMES } from '../test/tools/architecture.ts'
import { debianArchives } from '../test/tools/debian.ts'
import type { ImageFile } from './layer.ts'

export interface Libraries {
  readonly files: readonly ImageFile[]
  readonly packages: readonly DebianPackage[]
}

export interface DebianPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** Of its archive, in hexadecimal digits. */
  readonly sha256: string
}

/** The libraries by their packages: those that Node and koffi name (`NEEDED` in `readelf --dynamic`), and those that these name. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  libatomic1: ['libatomic.so.1'],
  libc6: ['libc.so.6', 'libdl.so.2', 'libm.so.6', 'libpthread.so.0'],
  'libgcc-s1': ['libgcc_s.so.1'],
  'libstdc++6': ['libstdc++.so.6'],
}

/** Where a program says that its dynamic linker is (`readelf --program-headers`). */
const LINKERS: Readonly<Record<Architecture, string>> = {
  x64: 'lib64/ld-linux-x86-64.so.2',
  arm64: 'lib/ld-linux-aarch64.so.1',
}

/** The newest ones of this machine's release of Debian, with their licences. @throws NotHere without apt or its packages */
export async function libraries(architecture: Architecture): Promise<Libraries> {
  const work = mkdtempSync(join(tmpdir(), 'ena-otel-libraries-'))
  try {
    const root = join(work, 'root')
    // with what they depend on, because the licence of GCC's libraries is in a package whose name has a version
    const packages = { architecture, packages: Object.keys(LIBRARIES), withDependencies: true }
    const archives = await debianArchives(packages, join(work, 'apt'))
    for (const archive of archives) await output(['dpkg-deb', '--extract', archive, root])
    const described = await Promise.all(archives.map(describe))
    return { files: filesOf(root, architecture), packages: described.filter(({ name }) => name in LIBRARIES) }
  } finally {
    rmSync(work, { recursive: true })
  }
}

function filesOf(root: string, architecture: Architecture): readonly ImageFile[] {
  const linker = LINKERS[architecture]
  const folder = `lib/${GNU_NAMES[architecture]}`
  const linkerFile = readFileSync(join(root, folder, basename(linker)))
  const names = Object.values(LIBRARIES).flat()
  return [
    { path: linker, data: linkerFile, isProgram: true },
    ...names.map((name) => ({ path: `${folder}/${name}`, data: readLibrary(root, folder, name) })),
    ...Object.keys(LIBRARIES).map((name) => ({
      path: `usr/share/doc/${name}/copyright`,
      data: readFileSync(join(root, 'usr', 'share', 'doc', name, 'copyright')),
    })),
  ]
}

/** Debian 12 has some in /lib and some in /usr/lib, which are one folder on an installed system. */
function readLibrary(root: string, folder: string, name: string): Uint8Array {
  for (const place of [folder, `usr/${folder}`]) {
    try {
      return readFileSync(join(root, place, name))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  throw new Error(`Debian's packages have no ${name}`)
}

async function describe(archive: string): Promise<DebianPackage> {
  const show = '--showformat=${Package}\n${Version}\n${Architecture}'
  const [name, version, architecture] = (await output(['dpkg-deb', '--show', show, archive])).split('\n')
  if (name === undefined || version === undefined || architecture === undefined)
    throw new Error(`${archive} has no name`)
  return { name, version, architecture, sha256: createHash('sha256').update(readFileSync(archive)).digest('hex') }
}
