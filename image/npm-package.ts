// A package of the npm registry for another processor than this machine's, which pnpm does not install. It is checked and cached.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { unpackTar } from 'modern-tar'

import { output } from '../test/harness/command.ts'
import { cached } from '../test/tools/cache.ts'
import { download } from '../test/tools/download.ts'

export interface NpmPackage {
  readonly name: string
  readonly version: string
  /** The registry's: `sha512-` and base64. */
  readonly integrity: string
}

/** The package's files by their paths in it. @throws Error when the tarball does not match the integrity */
export async function filesOfPackage(wanted: NpmPackage): Promise<ReadonlyMap<string, Uint8Array>> {
  const { name, version, integrity } = wanted
  const specifier = `${name}@${version}`
  const folder = await cached(`npm-${specifier.replace('/', '+')}`, async (unfinished) => {
    const pack = ['npm', 'pack', '--silent', '--pack-destination', unfinished, specifier]
    await download(specifier, () => output(pack, { cwd: unfinished }))
    await tarball(unfinished, wanted)
  })
  const entries = await unpackTar(gunzipSync(await tarball(folder, wanted)), { strip: 1 })
  if (entries.length === 0) throw new Error(`${specifier} (${integrity}) is empty`)
  return new Map(entries.flatMap(({ header, data }) => (data === undefined ? [] : [[header.name, data]])))
}

async function tarball(folder: string, { name, version, integrity }: NpmPackage): Promise<Uint8Array> {
  const file = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'))
  const bytes = readFileSync(join(folder, file ?? 'no tarball'))
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  if (found !== integrity) throw new Error(`${name}@${version} has the integrity ${found}, expected ${integrity}`)
  return bytes
}
