// The agent's image for this machine's architecture: Node, the shared libraries that it needs, the agent, and nothing else.
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { chmod, copyFile, mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { NotHere } from '../not-here.ts'
import { agentSources, writeAgent } from './agent-files.ts'
import { type Image, image } from './buildah.ts'
import { copyLibraries, librariesOf } from './libraries.ts'

/** `localhost/ena-otel:test`: runs `ena-otel run` as nobody. Makes it when the agent, its dependencies or Node are new here. */
export function agentImage(): Promise<Image | NotHere> {
  const makers = ['agent-image.ts', 'agent-files.ts', 'libraries.ts'].map((file) => join(import.meta.dirname, file))
  return image({
    reference: 'localhost/ena-otel:test',
    key: [
      process.version,
      ...[...makers, ...agentSources()].flatMap((file) => [relative(root, file), readFileSync(file)]),
    ],
    fill,
    entrypoint: ['/usr/bin/node', '/opt/ena-otel/dist/bin.js', 'run'],
    user: '65534:65534',
    labels: {
      'org.opencontainers.image.title': 'ena-otel',
      'org.opencontainers.image.description': manifest().description,
      'org.opencontainers.image.licenses': manifest().license,
      'org.opencontainers.image.version': manifest().version,
    },
  })
}

const root = join(import.meta.dirname, '..', '..')

async function fill(folder: string, scratch: string): Promise<void> {
  const agent = join(folder, 'opt', 'ena-otel')
  await mkdir(join(folder, 'opt'))
  await writeAgent(agent, scratch)
  const node = join(folder, 'usr', 'bin', 'node')
  await mkdir(join(folder, 'usr', 'bin'), { recursive: true })
  await copyFile(realpathSync(process.execPath), node)
  await chmod(node, 0o755)
  const files = readdirSync(agent, { recursive: true, encoding: 'utf8' }).map((file) => join(agent, file))
  const addons = files.filter((file) => file.endsWith('.node'))
  await copyLibraries(await librariesOf([node, ...addons]), folder)
}

interface Manifest {
  readonly version: string
  readonly description: string
  readonly license: string
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', 'agent', 'package.json'), 'utf8'))
}
