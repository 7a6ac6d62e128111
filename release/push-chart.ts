// `node release/push-chart.ts REGISTRY/NAME`: pushes the packed chart from dist to an OCI registry, and signs it by its digest.
import { join } from 'node:path'

import { output, run } from '../test/harness/command.ts'
import { ROOT, version } from './repository.ts'

export interface Programs {
  readonly helm: string
  readonly cosign: string
}

/** Pushes and signs, and returns what was signed: `REGISTRY/NAME/ena-otel@sha256:…`. */
export async function pushChart(
  { helm, cosign }: Programs,
  archive: string,
  registry: string,
  options: { readonly helm?: readonly string[]; readonly cosign?: readonly string[] } = {},
): Promise<string> {
  const { status, stdout, stderr } = await run([helm, 'push', archive, `oci://${registry}`, ...(options.helm ?? [])])
  const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(`${stdout}\n${stderr}`)?.[1] // helm 3 prints it to stderr, too
  if (status !== 0 || digest === undefined) throw new Error(`helm push: ${stdout}${stderr}`)
  const pushed = `${registry}/ena-otel@${digest}`
  await output([cosign, 'sign', '--yes', ...(options.cosign ?? []), pushed])
  return pushed
}

if (import.meta.main) {
  const [registry] = process.argv.slice(2)
  if (registry === undefined) throw new TypeError('node release/push-chart.ts REGISTRY/NAME')
  const archive = join(ROOT, 'dist', `ena-otel-${version(ROOT)}.tgz`)
  const programs = { helm: 'helm', cosign: 'cosign' }
  process.stdout.write(`${await pushChart(programs, archive, registry)}\n`)
}
