// Images as a registry stores them: an index of one manifest per architecture, and the blobs that these name. Source: OCI image-spec,
// image-index.md, manifest.md, image-layout.md.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress } from 'node:zlib'

import { DEBIAN_NAMES } from '../test/tools/architecture.ts'
import { type AgentImage, labels } from './image.ts'
import { digest } from './layer.ts'

export interface Blob {
  readonly mediaType: string
  readonly digest: string
  readonly data: Uint8Array
}

export interface ImageManifest extends Blob {
  readonly image: AgentImage
  /** What a node downloads for it. */
  readonly pullBytes: number
}

export interface OciImages {
  /** Names all images. Its digest is what a chart's value or a signature names. */
  readonly index: Blob
  readonly manifests: readonly ImageManifest[]
  /** Configurations and compressed layers. */
  readonly blobs: readonly Blob[]
}

const MEDIA = 'application/vnd.oci.image'

/** Compresses the layers and describes them. The same images give the same digests. */
export async function ociImages(images: readonly AgentImage[]): Promise<OciImages> {
  const parts = await Promise.all(images.map(manifest))
  const manifests = parts.map(({ manifest }) => manifest)
  const index = jsonBlob(`${MEDIA}.index.v1+json`, {
    manifests: manifests.map((blob) => ({
      ...descriptor(blob),
      platform: { architecture: DEBIAN_NAMES[blob.image.architecture], os: 'linux' },
    })),
    annotations: labels(),
  })
  return { index, manifests, blobs: parts.flatMap(({ blobs }) => blobs) }
}

async function manifest(
  image: AgentImage,
): Promise<{ readonly manifest: ImageManifest; readonly blobs: readonly Blob[] }> {
  const config = blob(`${MEDIA}.config.v1+json`, image.config)
  const layers = await Promise.all(
    image.layers.map(async ({ tar }) => blob(`${MEDIA}.layer.v1.tar+zstd`, await compress(tar))),
  )
  const content = { config: descriptor(config), layers: layers.map(descriptor), annotations: labels() }
  const blobs = [config, ...layers]
  const pullBytes = blobs.reduce((sum, { data }) => sum + data.length, 0)
  return { manifest: { ...jsonBlob(`${MEDIA}.manifest.v1+json`, content), image, pullBytes }, blobs }
}

/**
 * Zstandard: Node becomes 35 MB in 5 s, instead of 43 MB in 10 s with gzip's level 9. Level 19 makes it 30 MB, but takes a minute.
 * containerd, CRI-O and podman read it since 2020, Docker since version 23 (moby/moby#41759).
 */
function compress(data: Uint8Array): Promise<Uint8Array> {
  return promisify(zstdCompress)(data, { params: { [constants.ZSTD_c_compressionLevel]: 10 } })
}

function blob(mediaType: string, data: Uint8Array): Blob {
  return { mediaType, digest: digest(data), data }
}

function jsonBlob(mediaType: string, content: object): Blob {
  return blob(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content })))
}

function descriptor({ mediaType, digest, data }: Blob): object {
  return { mediaType, digest, size: data.length }
}

/** Writes them as a folder that skopeo, podman (`oci:FOLDER`) and scanners read. @param name what the index is called there: a tag */
export async function writeOciLayout(
  { index, manifests, blobs }: OciImages,
  name: string,
  folder: string,
): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const entry = { ...descriptor(index), annotations: { 'org.opencontainers.image.ref.name': name } }
  const files: readonly (readonly [string, Uint8Array | string])[] = [
    ['oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' })],
    ['index.json', jsonBlob(index.mediaType, { manifests: [entry] }).data],
    ...[index, ...manifests, ...blobs].map(({ digest, data }) => [join('blobs', ...digest.split(':')), data] as const),
  ]
  for (const [path, data] of files) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, data)
  }
}
