// How images were made, as an in-toto statement. It is not signed: a release workflow does that. Source: in-toto attestation v1, SLSA provenance v1.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { run } from '../test/harness/command.ts'
import { DEBIAN_NAMES } from '../test/tools/architecture.ts'
import { koffiPackage } from './agent-files.ts'
import { type AgentImage, labels } from './image.ts'
import { nodePackage } from './node-runtime.ts'
import type { OciImages } from './oci-layout.ts'
import { hex, npmUrl } from './sbom.ts'

const root = join(import.meta.dirname, '..')

/** The statement about the index and all images. Of a folder without git it names no commit. */
export async function provenance({ index, manifests }: OciImages): Promise<string> {
  const subject = [index, ...manifests].map(({ digest }) => ({
    name: 'ena-otel',
    digest: { sha256: digest.replace('sha256:', '') },
  }))
  const source = `git+${labels()['org.opencontainers.image.source']}`
  const [commit, changes] = [await git('rev-parse', 'HEAD'), await git('status', '--porcelain')]
  const architectures = manifests.map(({ image }) => DEBIAN_NAMES[image.architecture])
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${labels()['org.opencontainers.image.source']}/tree/main/image`,
        externalParameters: { source, arch: architectures },
        internalParameters: { node: process.version, hasUncommittedChanges: changes !== undefined && changes !== '' },
        resolvedDependencies: [
          { uri: source, ...(commit !== undefined && { digest: { gitCommit: commit } }) },
          { name: 'pnpm-lock.yaml', digest: { sha256: sha256(join(root, 'pnpm-lock.yaml')) } },
          ...manifests.flatMap(({ image }) => dependencies(image)),
        ],
      },
      runDetails: { builder: { id: `${labels()['org.opencontainers.image.source']}/blob/main/image/build.ts` } },
    },
  }
  return `${JSON.stringify(statement, null, 2)}\n`
}

function dependencies({ architecture, contents }: AgentImage): readonly object[] {
  return [
    ...[nodePackage(architecture), koffiPackage(architecture)].map(({ name, version, integrity }) => ({
      uri: npmUrl(`${name}@${version}`),
      digest: { sha512: hex(integrity) },
    })),
    ...contents.debian.map(({ name, version, architecture, sha256 }) => ({
      uri: `pkg:deb/debian/${name}@${version}?arch=${architecture}`,
      digest: { sha256 },
    })),
  ]
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

/** What git prints, undefined where the folder is no clone. */
async function git(...args: readonly string[]): Promise<string | undefined> {
  const { status, stdout } = await run(['git', ...args], { cwd: root })
  return status === 0 ? stdout.trim() : undefined
}
