// An image in one file, as `docker load`, `podman load` and `ctr images import` read it. Source: moby, image/spec/v1.2.md.
import { writeFile } from 'node:fs/promises'

import { packTar } from 'modern-tar'

import type { AgentImage } from './image.ts'

/** Writes the image to `file`. @param reference its name in an engine, as `localhost/ena-otel:1.0.0` */
export async function writeDockerArchive(image: AgentImage, reference: string, file: string): Promise<void> {
  const hex = (digest: string): string => digest.replace('sha256:', '')
  const [config, layers] = [`${hex(image.id)}.json`, image.layers.map(({ digest }) => `${hex(digest)}.tar`)]
  const manifest = [{ Config: config, RepoTags: [reference], Layers: layers }]
  const files: readonly (readonly [string, Uint8Array])[] = [
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    [config, image.config],
    ...image.layers.map(({ digest, tar }) => [`${hex(digest)}.tar`, tar] as const),
  ]
  const owner = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0), mode: 0o644, type: 'file' as const }
  const entries = files.map(([name, body]) => ({ header: { ...owner, name, size: body.length }, body }))
  await writeFile(file, await packTar(entries))
}
