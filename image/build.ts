// `npx pnpm@12 image [--arch amd64,arm64] [--push REGISTRY/NAME:TAG]`: the agent's image, without a container engine.
//
// Writes into dist/: image-ARCH.tar for `docker load` and `ctr images import`; oci/, with an index of all; a bill of materials
// for each, and the provenance. Pushing needs REGISTRY_USERNAME and REGISTRY_PASSWORD, or Docker's config.json.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { ARCHITECTURES, DEBIAN_NAMES } from '../test/tools/architecture.ts'
import { writeDockerArchive } from './docker-archive.ts'
import { buildImage, manifest } from './image.ts'
import { ociImages, writeOciLayout } from './oci-layout.ts'
import { provenance } from './provenance.ts'
import { registryCredentials } from './registry-credentials.ts'
import { parseTarget, push } from './registry.ts'
import { sbom } from './sbom.ts'

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { arch: { type: 'string', default: 'amd64,arm64' }, push: { type: 'string' } },
})
const wanted = values.arch.split(',')
const unknown = wanted.filter((name) => !Object.values(DEBIAN_NAMES).includes(name))
if (unknown.length > 0) throw new TypeError(`--arch takes amd64, arm64 or both, and not ${unknown.join(',')}`)
const target = values.push === undefined ? undefined : parseTarget(values.push)

const dist = join(import.meta.dirname, '..', 'dist')
await mkdir(dist, { recursive: true })
const { version } = manifest()

const images = []
for (const architecture of ARCHITECTURES.filter((name) => wanted.includes(DEBIAN_NAMES[name]))) {
  const image = await buildImage(architecture)
  const file = join('dist', `image-${DEBIAN_NAMES[architecture]}.tar`)
  await writeDockerArchive(image, `localhost/ena-otel:${version}`, join(dist, '..', file))
  process.stdout.write(`${file}: localhost/ena-otel:${version}, ${image.id}\n`)
  images.push(image)
}

const oci = await ociImages(images)
await writeOciLayout(oci, version, join(dist, 'oci'))
for (const one of oci.manifests) {
  await writeFile(join(dist, `sbom-${DEBIAN_NAMES[one.image.architecture]}.cdx.json`), await sbom(one))
}
await writeFile(join(dist, 'provenance.json'), await provenance(oci))
const sizes = oci.manifests.map(
  ({ image, pullBytes }) => `${DEBIAN_NAMES[image.architecture]} ${(pullBytes / 1e6).toFixed(1)} MB`,
)
process.stdout.write(`dist/oci: ${oci.index.digest}, to pull: ${sizes.join(', ')}\n`)
if (target !== undefined) {
  await push(oci, target, await registryCredentials(target.registry))
  process.stdout.write(`pushed ${values.push}@${oci.index.digest}\n`)
}
