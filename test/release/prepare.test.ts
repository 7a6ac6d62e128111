// The preparation of a release, on a copy of the files that have the version.
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { section } from '../../release/changelog.ts'
import { chart, read, ROOT, versions } from '../../release/repository.ts'
import { prepare } from '../../release/prepare.ts'
import { problems } from '../../release/check.ts'

const FILES = ['package.json', 'pnpm-workspace.yaml', 'packages/*/package.json', '.changeset/config.json']

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ena-otel-release-'))
  for (const file of [...globSync(FILES, { cwd: ROOT }), 'charts/ena-otel/Chart.yaml', 'charts/ena-otel/values.yaml']) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    cpSync(join(ROOT, file), join(root, file))
  }
  for (const name of ['ethtool', 'metrics', 'agent', 'rules'])
    edit(`packages/${name}/package.json`, /"version": ".*"/, '"version": "1.2.3"')
  edit('charts/ena-otel/Chart.yaml', /^(version|appVersion): .*/gm, '$1: 1.2.3')
  writeFileSync(
    join(root, 'CHANGELOG.md'),
    '# Changelog\n\nThe head.\n\n## 1.2.3 - 2026-01-01\n\n### Added\n\n- Old.\n',
  )
})
afterEach(() => rmSync(root, { recursive: true }))

function edit(file: string, from: RegExp, to: string): void {
  writeFileSync(join(root, file), readFileSync(join(root, file), 'utf8').replace(from, to))
}

function changeset(name: string, bump: string, text: string): void {
  writeFileSync(join(root, '.changeset', `${name}.md`), `---\n'@ena-otel/agent': ${bump}\n---\n\n${text}\n`)
}

describe('the preparation of a release', () => {
  it('gives packages, chart and image one version, and can then be released under its tag', async () => {
    changeset('one', 'minor', 'Added: `--fast` reads faster.\nIt takes no value.\n\nSecurity: Tokens are not logged.')
    changeset('two', 'patch', 'The queue is emptied on exit.')
    expect(await prepare(root, '2026-02-01')).toBe('1.3.0')
    expect([...new Set(versions(root).values())]).toEqual(['1.3.0'])
    expect(problems(root, 'v1.3.0')).toEqual([])
  })

  it('makes the changelog and the annotations of Artifact Hub of the changesets', async () => {
    changeset('one', 'minor', 'Added: `--fast` reads faster.\nIt takes no value.\n\nSecurity: Tokens are not logged.')
    changeset('two', 'patch', 'The queue is emptied on exit.')
    await prepare(root, '2026-02-01')
    expect(read(root, 'CHANGELOG.md')).toBe(`# Changelog

The head.

## 1.3.0 - 2026-02-01

### Added

- \`--fast\` reads faster.
  It takes no value.

### Fixed

- The queue is emptied on exit.

### Security

- Tokens are not logged.

## 1.2.3 - 2026-01-01

### Added

- Old.
`)
    const { annotations } = chart(root)
    expect(annotations['artifacthub.io/containsSecurityUpdates']).toBe('true')
    expect(parse(annotations['artifacthub.io/changes'] ?? '')).toEqual([
      { kind: 'added', description: '`--fast` reads faster. It takes no value.' },
      { kind: 'fixed', description: 'The queue is emptied on exit.' },
      { kind: 'security', description: 'Tokens are not logged.' },
    ])
    const images = parse(annotations['artifacthub.io/images'] ?? '') as readonly { readonly image: string }[]
    expect(images[0]?.image).toBe('ghcr.io/ena-otel/ena-otel:1.3.0')
    expect(annotations['artifacthub.io/images']).not.toMatch(/[&*]/) // Artifact Hub documents no anchors
  })

  it('keeps the rest of Chart.yaml as it is written', async () => {
    const byHand = /^(#|home|keywords|description).*$/gm
    const before = read(root, 'charts/ena-otel/Chart.yaml').match(byHand)
    changeset('one', 'patch', 'A fault.')
    await prepare(root, '2026-02-01')
    expect(before).toHaveLength(4)
    expect(read(root, 'charts/ena-otel/Chart.yaml').match(byHand)).toEqual(before)
  })

  it("takes the repository's own changesets", async () => {
    for (const file of globSync('.changeset/*.md', { cwd: ROOT })) cpSync(join(ROOT, file), join(root, file))
    changeset('one', 'patch', 'Fixed: at least one.')
    expect(await prepare(root, '2026-02-01')).toMatch(/^1\./)
  })

  it('refuses to release nothing', async () => {
    await expect(prepare(root, '2026-02-01')).rejects.toThrow('there is no changeset')
  })
})

describe('a tag', () => {
  beforeEach(async () => {
    changeset('one', 'patch', 'Fixed: A fault.')
    await prepare(root, '2026-02-01')
    expect(problems(root, 'v1.2.4')).toEqual([])
  })

  it.each<readonly [what: string, change: () => void, tag: string, problem: string]>([
    ['of another version', () => undefined, 'v1.2.5', 'packages/agent/package.json: 1.2.4, and not 1.2.5'],
    ['that is no version', () => undefined, 'v1.2', 'the tag is v1.2, and not v1.2.4'],
    [
      'of a chart with another image',
      () => edit('charts/ena-otel/Chart.yaml', /^appVersion: .*/m, 'appVersion: 1.2.3'),
      'v1.2.4',
      'charts/ena-otel/Chart.yaml, appVersion: 1.2.3, and not 1.2.4',
    ],
    [
      'of a package with another version',
      () => edit('packages/metrics/package.json', /"version": ".*"/, '"version": "1.2.3"'),
      'v1.2.4',
      'packages/metrics/package.json: 1.2.3, and not 1.2.4',
    ],
    [
      'with a changeset left',
      () => changeset('late', 'patch', 'Late.'),
      'v1.2.4',
      '.changeset has changes that are in no release: npx pnpm@12 release:prepare',
    ],
    [
      'that the changelog lacks',
      () => edit('CHANGELOG.md', /1\.2\.4/, 'Unreleased'),
      'v1.2.4',
      'CHANGELOG.md has no section 1.2.4',
    ],
    [
      'of a chart whose list of images is old',
      () => edit('charts/ena-otel/values.yaml', /tag: v0\.\d+\.0/, 'tag: v9.9.9'),
      'v1.2.4',
      'charts/ena-otel/Chart.yaml: artifacthub.io/images is stale',
    ],
  ])('%s is refused', (_, change, tag, problem) => {
    change()
    expect(problems(root, tag)).toContain(problem)
  })
})

it('the notes of a release are its section, and not the one of a version that begins alike', () => {
  const changelog = '# Changelog\n\n## 1.2.30 - x\n\n- a\n\n## 1.2.3 - y\n\n- b\n\n## 1.2.2\n'
  expect(section(changelog, '1.2.3')).toBe('- b')
  expect(section(changelog, '1.2.1')).toBeUndefined()
})
