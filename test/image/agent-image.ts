// The agent's image for this machine's architecture: Node, the shared libraries that it needs, the agent, and nothing else.
import { readFileSync, realpathSync } from 'node:fs'
import { chmod, copyFile, mkdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { output } from '../harness/command.ts'
import { onPath } from '../tools/on-path.ts'
import { agentSources, NODE_FLAGS, writeAgent } from './agent-files.ts'
import { type Image, image } from './buildah.ts'
import { copyLibraries, librariesOf } from './libraries.ts'

/** `localhost/ena-otel:test`: runs `ena-otel run` as nobody. Makes it when the agent, its dependencies or Node are new here. */
export function agentImage(): Promise<Image> {
  const makers = ['agent-image.ts', 'agent-files.ts', 'libraries.ts'].map((file) => join(import.meta.dirname, file))
  return image({
    reference: 'localhost/ena-otel:test',
    key: [
      process.version,
      ...[...makers, ...agentSources()].flatMap((file) => [relative(root, file), readFileSync(file)]),
    ],
    fill,
    entrypoint: ['/usr/bin/node', ...NODE_FLAGS, '/opt/ena-otel/ena-otel.cjs', 'run'],
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

async function fill(folder: string): Promise<void> {
  const agent = join(folder, 'opt', 'ena-otel')
  await writeAgent(agent)
  const node = join(folder, 'usr', 'bin', 'node')
  await mkdir(join(folder, 'usr', 'bin'), { recursive: true })
  await writeNode(node)
  await copyLibraries(await librariesOf([node, join(agent, 'node_modules', 'koffi.node')]), folder)
}

/** Without what only a debugger reads, a fifth of it, where this machine can take that away. */
async function writeNode(file: string): Promise<void> {
  const node = realpathSync(process.execPath)
  const strip = onPath('strip')
  if (strip === undefined) await copyFile(node, file)
  else await output([strip, '--strip-all', '-o', file, node])
  await chmod(file, 0o755)
}

interface Manifest {
  readonly version: string
  readonly description: string
  readonly license: string
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, 'packages', 'agent', 'package.json'), 'utf8'))
}
