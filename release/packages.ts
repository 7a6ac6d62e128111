// `node release/packages.ts [--publish]`: packs what npm publishes into dist/npm, and publishes it, or shows what it would publish.
//
// npm gets its credentials from the workflow's OIDC token, and makes the provenance itself: docs.npmjs.com/trusted-publishers. pnpm packs,
// because npm does not apply publishConfig.exports.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { output, run } from '../test/harness/command.ts'
import { packed } from '../test/e2e/packed.ts'
import { PUBLISHED, ROOT, version } from './repository.ts'

const { values } = parseArgs({ options: { publish: { type: 'boolean', default: false } } })
const folder = join(ROOT, 'dist', 'npm')
mkdirSync(folder, { recursive: true })
for (const name of PUBLISHED) {
  const tarball = await packed(name, folder)
  const specifier = `@ena-otel/${name}@${version(ROOT)}`
  if (values.publish && (await isPublished(specifier))) {
    process.stdout.write(`${specifier} is published already\n`) // by a run that failed later
    continue
  }
  const args = values.publish ? [] : ['--dry-run']
  process.stdout.write(await output(['npm', 'publish', tarball, '--access', 'public', ...args], { cwd: folder }))
}

/** @throws Error when the registry does not answer */
async function isPublished(specifier: string): Promise<boolean> {
  const { status, stdout, stderr } = await run(['npm', 'view', specifier, 'version'])
  if (status === 0) return stdout.trim() !== ''
  if (stderr.includes('E404')) return false
  throw new Error(stderr)
}
