// The agent's image for one architecture, from scratch: Node and its libraries in one layer, which few releases change, and the agent in
// another. There are no CA certificates, because Node has Mozilla's compiled in and reads no others; and no shell.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { type Architecture, DEBIAN_NAMES } from '../test/tools/architecture.ts'
import { agentFiles, NODE_FLAGS } from './agent-files.ts'
import { digest, type Layer, layer } from './layer.ts'
import { type DebianPackage, libraries } from './libraries.ts'
import { nodeFiles } from './node-runtime.ts'

export interface AgentImage {
  readonly architecture: Architecture
  readonly layers: readonly Layer[]
  /** An OCI image configuration, as JSON. */
  readonly config: Uint8Array
  /** Of the configuration: the identity of the image in engines. */
  readonly id: string
  readonly contents: Contents
}

/** What it is made from. */
export interface Contents {
  readonly debian: readonly DebianPackage[]
  /** As `name@version`. */
  readonly npm: readonly string[]
}

/** Makes it. The same sources and packages give the same bytes, on any machine. */
export async function buildImage(architecture: Architecture): Promise<AgentImage> {
  const { files, packages: debian } = await libraries(architecture)
  const agent = await agentFiles(architecture)
  const layers = [
    await layer('Node and the libraries that it needs', [...files, ...(await nodeFiles(architecture))]),
    await layer('ena-otel', agent.files),
  ]
  const config = Buffer.from(JSON.stringify(configuration(architecture, layers)))
  return { architecture, layers, config, id: digest(config), contents: { debian, npm: agent.packages } }
}

/** Source: OCI image-spec, config.md. The time is SOURCE_DATE_EPOCH, or 0. */
function configuration(architecture: Architecture, layers: readonly Layer[]): object {
  const created = new Date(Number(process.env['SOURCE_DATE_EPOCH'] ?? 0) * 1000).toISOString()
  return {
    created,
    architecture: DEBIAN_NAMES[architecture],
    os: 'linux',
    config: {
      User: '65534:65534',
      Env: ['PATH=/usr/bin'], // the chart's test runs `node`
      Entrypoint: ['/usr/bin/node', ...NODE_FLAGS, '/opt/ena-otel/ena-otel.cjs', 'run'],
      WorkingDir: '/',
      Labels: labels(),
    },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    history: layers.map(({ comment }) => ({ created, created_by: 'image/build.ts', comment })),
  }
}

/** Source: OCI image-spec, annotations.md. */
export function labels(): Readonly<Record<string, string>> {
  const { version, description, license, repository, homepage } = manifest()
  return {
    'org.opencontainers.image.title': 'ena-otel',
    'org.opencontainers.image.description': description,
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.source': repository.url.replace(/^git\+|\.git$/g, ''),
    'org.opencontainers.image.documentation': homepage,
  }
}

export interface Manifest {
  readonly version: string
  readonly description: string
  readonly license: string
  readonly homepage: string
  readonly repository: { readonly url: string }
}

/** The agent's package.json. */
export function manifest(): Manifest {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', 'packages', 'agent', 'package.json'), 'utf8'))
}
