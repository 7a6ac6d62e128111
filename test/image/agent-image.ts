// The agent's image as `pnpm image` makes it, for this machine's architecture; kept in the cache.
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

import { agentSources } from '../../image/agent-files.ts'
import { writeDockerArchive } from '../../image/docker-archive.ts'
import { buildImage } from '../../image/image.ts'
import { hostArchitecture } from '../tools/architecture.ts'
import { cached } from '../tools/cache.ts'
import { DIGITS, type Image, removeOutdated } from './buildah.ts'

const root = join(import.meta.dirname, '..', '..')

/** `localhost/ena-otel:test`: runs `ena-otel run` as nobody. Makes it when the agent, its dependencies or Node are new here. */
export async function agentImage(): Promise<Image> {
  const architecture = hostArchitecture()
  const reference = 'localhost/ena-otel:test'
  const hash = createHash('sha256')
  for (const file of [...agentSources(), ...globSync(join(root, 'image', '*.ts')).sort()]) {
    hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file))
  }
  const prefix = `image-ena-otel-test-${architecture}-`
  const folder = await cached(`${prefix}${hash.digest('hex').slice(0, DIGITS)}`, async (unfinished) => {
    await removeOutdated(dirname(unfinished), prefix)
    await writeDockerArchive(await buildImage(architecture), reference, join(unfinished, archiveName))
  })
  return { reference, archive: join(folder, archiveName) }
}

const archiveName = 'image.tar'
