// What an image is made of, as CycloneDX: the npm packages in the bundle, as pnpm describes them from the lockfile, and Node, koffi's binary
// and Debian's libraries, which no lockfile has.
import { join } from 'node:path'

import { pnpm } from '../test/e2e/packed.ts'
import { output } from '../test/harness/command.ts'
import { DEBIAN_NAMES } from '../test/tools/architecture.ts'
import { koffiPackage } from './agent-files.ts'
import { nodePackage } from './node-runtime.ts'
import type { NpmPackage } from './npm-package.ts'
import type { ImageManifest } from './oci-layout.ts'

interface Component {
  readonly type: string
  readonly name: string
  readonly version: string
  readonly purl: string
  readonly 'bom-ref': string
  readonly [field: string]: unknown
}

interface Bom {
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[]
  readonly [field: string]: unknown
}

/** The bill of materials of the image with that manifest. The same image gives the same text. */
export async function sbom({ digest, image }: ImageManifest): Promise<string> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-spec-version', '1.6', '--filter', '@ena-otel/agent']
  const text = await output([...pnpm, ...args], { cwd: join(import.meta.dirname, '..') })
  const { serialNumber: _, metadata, components, dependencies, ...rest } = JSON.parse(text) as Bom
  const { timestamp: __, component: agent, ...otherMetadata } = metadata
  const inBundle = new Set(image.contents.npm.map(npmUrl))
  const all = [
    { ...agent, type: 'application' },
    ...components.filter(({ purl }) => inBundle.has(purl)).map(inScope),
    ...nativeComponents(image),
  ]
  const refs = new Set(all.map((component) => component['bom-ref']))
  const purl = `pkg:oci/ena-otel@${digest}?arch=${DEBIAN_NAMES[image.architecture]}`
  const container = { type: 'container', name: 'ena-otel', version: digest, purl, 'bom-ref': purl }
  const graph = dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }))
  const whole = { ...rest, metadata: { ...otherMetadata, component: container }, components: all, dependencies: graph }
  return `${JSON.stringify(whole, null, 2)}\n`
}

/** pnpm excludes what the bundle has from the scope, because the package depends on it for development only. */
function inScope(component: Component): Component {
  return { ...component, scope: undefined, properties: undefined } // JSON has no undefined fields
}

function nativeComponents({ architecture, contents }: ImageManifest['image']): readonly Component[] {
  const node = nodePackage(architecture)
  const cpe = `cpe:2.3:a:nodejs:node.js:${node.version}:*:*:*:*:*:*:*` // by which scanners know Node
  return [
    { ...npmComponent(node), type: 'application', cpe },
    npmComponent(koffiPackage(architecture)),
    ...contents.debian.map(({ name, version, architecture, sha256 }) => {
      const purl = `pkg:deb/debian/${name.replaceAll('+', '%2B')}@${version.replaceAll('+', '%2B')}?arch=${architecture}`
      return { type: 'library', name, version, purl, 'bom-ref': purl, hashes: [{ alg: 'SHA-256', content: sha256 }] }
    }),
  ]
}

function npmComponent({ name, version, integrity }: NpmPackage): Component {
  const purl = npmUrl(`${name}@${version}`)
  return {
    type: 'library',
    name,
    version,
    purl,
    'bom-ref': purl,
    hashes: [{ alg: 'SHA-512', content: hex(integrity) }],
  }
}

/** The package URL of `name@version`. Source: package-url/purl-spec, types/npm. */
export function npmUrl(specifier: string): string {
  return `pkg:npm/${specifier.replace(/^@/, '%40')}`
}

/** The hash of an npm integrity, in hexadecimal digits. */
export function hex(integrity: string): string {
  return Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
}
