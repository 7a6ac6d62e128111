// `npx pnpm@12 release:prepare`: turns the changesets into the next version of packages and chart, and into a section of CHANGELOG.md.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { output } from '../test/harness/command.ts'
import { withSection } from './changelog.ts'
import { changes } from './changesets.ts'
import { changesAnnotation, imagesAnnotation, withAnnotations, withVersion } from './chart-metadata.ts'
import { CHART, read, ROOT, version } from './repository.ts'

/** Writes the files of the next release, and returns its version. @throws Error when there is no changeset */
export async function prepare(root: string, date: string): Promise<string> {
  const entries = changes(root)
  if (entries.length === 0) throw new Error('there is no changeset: npx pnpm@12 changeset writes one')
  await output([join(ROOT, 'node_modules', '.bin', 'changeset'), 'version'], { cwd: root })
  const next = version(root)
  const write = (path: string, text: string): void => writeFileSync(join(root, path), text)
  write('CHANGELOG.md', withSection(read(root, 'CHANGELOG.md'), next, date, entries))
  const annotations = {
    'artifacthub.io/changes': changesAnnotation(entries),
    'artifacthub.io/containsSecurityUpdates': String(entries.some(({ kind }) => kind === 'Security')),
    'artifacthub.io/images': imagesAnnotation(read(root, `${CHART}/values.yaml`), next),
  }
  write(`${CHART}/Chart.yaml`, withAnnotations(withVersion(read(root, `${CHART}/Chart.yaml`), next), annotations))
  return next
}

if (import.meta.main) {
  const next = await prepare(ROOT, new Date().toISOString().slice(0, 10))
  process.stdout.write(
    `${next}: now run UPDATE=1 npx pnpm@12 test test/chart/examples.test.ts, commit, and tag v${next}\n`,
  )
}
