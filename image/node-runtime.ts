// Node as its project builds it, from the npm packages `node-linux-*`, without what only debuggers read.
import { createRequire } from 'node:module'

import type { Architecture } from '../test/tools/architecture.ts'
import { withoutSections } from './elf.ts'
import type { ImageFile } from './layer.ts'
import { filesOfPackage, type NpmPackage } from './npm-package.ts'

/** Of the version of `node` in package.json. They are not in pnpm-lock.yaml: that package fetches them itself when it is installed. */
const INTEGRITIES: Readonly<Record<string, Readonly<Record<Architecture, string>>>> = {
  '26.10.0': {
    x64: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    arm64: 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
}

/** The package that holds Node for an architecture. @throws Error when the version is new here and its integrity unknown */
export function nodePackage(architecture: Architecture): NpmPackage {
  const { version } = createRequire(import.meta.url)('../node_modules/node/package.json') as {
    readonly version: string
  }
  const name = `node-linux-${architecture}`
  const integrity = INTEGRITIES[version]?.[architecture]
  if (integrity !== undefined) return { name, version, integrity }
  throw new Error(
    `image/node-runtime.ts has no integrity of Node ${version}: add that of \`npm view ${name}@${version} dist.integrity\``,
  )
}

/** `/usr/bin/node` and its licence. */
export async function nodeFiles(architecture: Architecture): Promise<readonly ImageFile[]> {
  const files = await filesOfPackage(nodePackage(architecture))
  const [program, license] = [files.get('bin/node'), files.get('LICENSE')]
  if (program === undefined || license === undefined)
    throw new Error('the package of Node has no bin/node or no LICENSE')
  return [
    { path: 'usr/bin/node', data: withoutSections(program), isProgram: true },
    { path: 'usr/share/doc/node/copyright', data: license },
  ]
}
