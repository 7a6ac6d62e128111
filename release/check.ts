// `node release/check.ts TAG`: whether the commit that a tag names can be released. Prints a line for each reason why not, and exits with 1.
import { section } from './changelog.ts'
import { changes } from './changesets.ts'
import { imagesAnnotation } from './chart-metadata.ts'
import { CHART, chart, read, ROOT, version, versions } from './repository.ts'

/** Why the repository's state is not the release that the tag names. Nothing when it is. */
export function problems(root: string, tag: string): readonly string[] {
  const wanted = tag.replace(/^v/, '')
  const { appVersion, annotations } = chart(root)
  const images = imagesAnnotation(read(root, `${CHART}/values.yaml`), appVersion)
  return [
    ...(/^v\d+\.\d+\.\d+$/.test(tag) ? [] : [`the tag is ${tag}, and not v${version(root)}`]),
    ...[...versions(root)]
      .filter(([, has]) => has !== wanted)
      .map(([place, has]) => `${place}: ${has}, and not ${wanted}`),
    ...(section(read(root, 'CHANGELOG.md'), wanted) === undefined ? [`CHANGELOG.md has no section ${wanted}`] : []),
    ...(changes(root).length === 0
      ? []
      : ['.changeset has changes that are in no release: npx pnpm@12 release:prepare']),
    ...(annotations['artifacthub.io/images'] === images ? [] : [`${CHART}/Chart.yaml: artifacthub.io/images is stale`]),
  ]
}

if (import.meta.main) {
  const [tag] = process.argv.slice(2)
  if (tag === undefined) throw new TypeError('node release/check.ts TAG')
  const found = problems(ROOT, tag)
  process.stdout.write(found.length === 0 ? `${tag} can be released\n` : `${found.join('\n')}\n`)
  process.exitCode = found.length === 0 ? 0 : 1
}
