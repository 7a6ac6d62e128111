// The packages as a release publishes them, without publishing.
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { PUBLISHED, ROOT, version } from '../../release/repository.ts'
import { output } from '../harness/command.ts'

it('npm would publish each package, in the order of their dependencies', { timeout: 300_000 }, async () => {
  const printed = await output([process.execPath, join(ROOT, 'release', 'packages.ts')])
  expect([...printed.matchAll(/^\+ (.+)$/gm)].map(([, name]) => name)).toEqual(
    PUBLISHED.map((name) => `@ena-otel/${name}@${version(ROOT)}`),
  )
})
