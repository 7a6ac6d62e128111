// `node release/sign-image.ts REGISTRY/NAME [-- COSIGN-OPTIONS]`: signs the image that `npx pnpm@12 image --push` pushed, and attaches its
// bill of materials and its provenance. Without a key, cosign takes the workflow's OIDC token: docs.sigstore.dev/cosign/signing/overview
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { output } from '../test/harness/command.ts'
import { ROOT } from './repository.ts'

interface Index {
  readonly manifests: readonly { readonly digest: string; readonly platform?: { readonly architecture: string } }[]
}

/** Signs the index and its images, in the registry that has them. @param dist what the image command wrote */
export async function signImage(cosign: string, name: string, dist: string, options: readonly string[]): Promise<void> {
  const { digest, index } = pushedIndex(dist)
  const work = mkdtempSync(join(tmpdir(), 'ena-otel-sign-'))
  try {
    const predicate = join(work, 'provenance.json')
    const statement = JSON.parse(readFileSync(join(dist, 'provenance.json'), 'utf8')) as { readonly predicate: object }
    writeFileSync(predicate, JSON.stringify(statement.predicate))
    await output([cosign, 'sign', '--yes', '--recursive', ...options, `${name}@${digest}`])
    const attest = (type: string, file: string, digest: string): Promise<string> =>
      output([cosign, 'attest', '--yes', '--type', type, '--predicate', file, ...options, `${name}@${digest}`])
    for (const one of [digest, ...index.manifests.map(({ digest }) => digest)])
      await attest('slsaprovenance1', predicate, one)
    for (const { digest, platform } of index.manifests)
      await attest('cyclonedx', join(dist, `sbom-${platform?.architecture}.cdx.json`), digest)
  } finally {
    rmSync(work, { recursive: true })
  }
}

/** The index of all architectures in dist/oci, by the digest under which the registry has it. Source: OCI image-layout.md. */
export function pushedIndex(dist: string): { readonly digest: string; readonly index: Index } {
  const oci = join(dist, 'oci')
  const [entry] = (JSON.parse(readFileSync(join(oci, 'index.json'), 'utf8')) as Index).manifests
  if (entry === undefined) throw new TypeError(`${oci} has no image`)
  const blob = readFileSync(join(oci, 'blobs', ...entry.digest.split(':')), 'utf8')
  return { digest: entry.digest, index: JSON.parse(blob) as Index }
}

if (import.meta.main) {
  const [name, ...options] = process.argv.slice(2).filter((argument) => argument !== '--')
  if (name === undefined) throw new TypeError('node release/sign-image.ts REGISTRY/NAME')
  const dist = join(ROOT, 'dist')
  await signImage('cosign', name, dist, options)
  process.stdout.write(`${pushedIndex(dist).digest}\n`)
}
