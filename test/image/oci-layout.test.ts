// The index, the manifests and the layout in a folder, of small images: OCI image-spec.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import type { AgentImage } from '../../image/image.ts'
import { digest, layer } from '../../image/layer.ts'
import { ociImages, writeOciLayout } from '../../image/oci-layout.ts'
import type { Architecture } from '../tools/architecture.ts'

async function small(architecture: Architecture): Promise<AgentImage> {
  const layers = [await layer('all', [{ path: 'opt/architecture', data: Buffer.from(architecture) }])]
  const config = Buffer.from(JSON.stringify({ architecture, rootfs: { diff_ids: layers.map(({ digest }) => digest) } }))
  return { architecture, layers, config, id: digest(config), contents: { debian: [], npm: [] } }
}

test('a layer does not depend on the order of its files or on the time', async () => {
  const [one, two] = [
    { path: 'usr/bin/node', data: Buffer.from('program'), isProgram: true },
    { path: 'opt/ena-otel/ena-otel.cjs', data: Buffer.from('code') },
  ]
  const made = await layer('all', [one, two])
  expect(made.digest).toBe('sha256:d824294dfb3617fdc5d3cd6b02d28aea623867168420d9d0937645450c7f37de')
  expect((await layer('all', [two, one])).digest).toBe(made.digest)
})

test('the index names a manifest for each architecture, and the folder has every blob under its digest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ena-otel-oci-'))
  try {
    const images = await ociImages([await small('x64'), await small('arm64')])
    await writeOciLayout(images, '1.0.0', folder)
    const blobs = await readdir(join(folder, 'blobs', 'sha256'))
    for (const name of blobs) {
      const content = await readFile(join(folder, 'blobs', 'sha256', name))
      expect(createHash('sha256').update(content).digest('hex')).toBe(name)
    }
    const read = async (digest: string): Promise<any> =>
      JSON.parse(await readFile(join(folder, 'blobs', ...digest.split(':')), 'utf8'))
    const top = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8'))
    expect(top.manifests).toMatchObject([
      { digest: images.index.digest, annotations: { 'org.opencontainers.image.ref.name': '1.0.0' } },
    ])
    const index = await read(images.index.digest)
    expect(index.annotations['org.opencontainers.image.title']).toBe('ena-otel')
    expect(index.manifests.map(({ platform }: { readonly platform: object }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'arm64', os: 'linux' },
    ])
    for (const { digest: name } of index.manifests) {
      const { config, layers } = await read(name)
      expect(blobs).toEqual(expect.arrayContaining([config, ...layers].map((one) => one.digest.replace('sha256:', ''))))
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})
