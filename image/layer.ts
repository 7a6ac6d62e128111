// One layer of an image: files in an archive whose bytes depend on nothing but their paths and contents.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'

import { packTar } from 'modern-tar'

export interface ImageFile {
  /** From the root, without a slash at the start. */
  readonly path: string
  readonly data: Uint8Array
  /** Everybody may run it; by default they may only read it. */
  readonly isProgram?: boolean
}

export interface Layer {
  readonly tar: Uint8Array
  /** Of the archive, uncompressed. */
  readonly digest: string
  /** What it holds, for the image's history. */
  readonly comment: string
}

/** Files of root with the time 0, sorted, and the folders that they are in. */
export async function layer(comment: string, files: readonly ImageFile[]): Promise<Layer> {
  const folders = new Set(files.flatMap(({ path }) => parents(path)))
  const owner = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) }
  const entries = [
    ...[...folders].map((name) => ({
      header: { ...owner, name: `${name}/`, size: 0, mode: 0o755, type: 'directory' as const },
    })),
    ...files.map(({ path, data, isProgram = false }) => ({
      header: { ...owner, name: path, size: data.length, mode: isProgram ? 0o755 : 0o644, type: 'file' as const },
      body: data,
    })),
  ]
  const tar = await packTar(entries.toSorted((a, b) => (a.header.name < b.header.name ? -1 : 1)))
  return { tar, digest: digest(tar), comment }
}

function parents(path: string): readonly string[] {
  const folder = dirname(path)
  return folder === '.' ? [] : [...parents(folder), folder]
}

/** As OCI writes it: `sha256:` and hexadecimal digits. */
export function digest(data: Uint8Array): string {
  return `sha256:${createHash('sha256').update(data).digest('hex')}`
}
