// The workflows of GitHub, which run nowhere but there: checked by actionlint, and for what it does not check.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parse } from 'yaml'

import { ROOT } from '../../release/repository.ts'
import { run } from '../harness/command.ts'
import { actionlint } from '../tools/actionlint.ts'

interface Job {
  readonly permissions?: object
  readonly uses?: string
  readonly 'timeout-minutes'?: number
  readonly steps?: readonly { readonly run?: string }[]
}

interface Workflow {
  readonly permissions?: object
  readonly jobs: Readonly<Record<string, Job>>
}

const WORKFLOWS = globSync('.github/workflows/*.yml', { cwd: ROOT }).toSorted()
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

beforeAll(actionlint)

describe.each(WORKFLOWS)('%s', (file) => {
  it('passes actionlint', async () => {
    expect(await lint(join(ROOT, file))).toBe('')
  })

  it('names every action by the digest of a commit, with its version as a comment', () => {
    const actions = [...text(file).matchAll(/^ *(?:- )?uses: *(\S+.*)$/gm)].map(([, action = '']) => action)
    expect(actions).not.toEqual([])
    const isPinned = (action: string): boolean =>
      action.startsWith('./') || /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action)
    expect(actions.filter((action) => !isPinned(action))).toEqual([])
  })

  it('gives no permission to the workflow, and to each job its own', () => {
    const { permissions, jobs } = parse(text(file)) as Workflow
    expect(permissions).toEqual({})
    const without = Object.entries(jobs).filter(([, job]) => job.permissions === undefined)
    expect(without.map(([name]) => name)).toEqual([])
  })

  it('limits the time of each job', () => {
    const { jobs } = parse(text(file)) as Workflow
    const own = Object.entries(jobs).filter(([, job]) => job.uses === undefined)
    expect(own.filter(([, job]) => job['timeout-minutes'] === undefined)).toEqual([])
  })

  it('has no secret, and no expression in a script, where it would be code', () => {
    expect(text(file)).not.toContain('secrets.')
    const { jobs } = parse(text(file)) as Workflow
    const scripts = Object.values(jobs).flatMap(({ steps = [] }) => steps.map(({ run = '' }) => run))
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([])
  })

  it('runs only scripts that exist', () => {
    const scripts = [...text(file).matchAll(/node (release\/\S+\.ts)/g)].map(([, script = '']) => script)
    expect(scripts.filter((script) => !existsSync(join(ROOT, script)))).toEqual([])
  })
})

it('actionlint finds a wrong expression in a copy of the release', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-workflow-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const copy = join(folder, 'release.yml')
  writeFileSync(
    copy,
    text('.github/workflows/release.yml').replace('needs.image.outputs.digest', 'needs.image.outputs.sha'),
  )
  expect(await lint(copy)).toMatch(/property "sha" is not defined/)
})

it('the release lets a job write only where it publishes', () => {
  const { jobs } = parse(text('.github/workflows/release.yml')) as Workflow
  const rights = Object.entries(jobs).map(([name, { permissions = {} }]) => [
    name,
    Object.entries(permissions).flatMap(([scope, right]) => (right === 'write' ? [scope] : [])),
  ])
  expect(Object.fromEntries(rights)).toEqual({
    check: [],
    ci: [],
    image: ['packages', 'id-token'],
    chart: ['packages', 'id-token'],
    npm: ['id-token'],
    release: ['contents'],
  })
})

it.each([
  ['Helm', /azure\/setup-helm@[^]*?version: (v\S+)/, 'test/tools/kube/go.mod', 'helm.sh/helm/v4'],
  ['cosign', /cosign-release: (v\S+)/g, 'test/tools/cosign/go.mod', 'github.com/sigstore/cosign/v3'],
])('the release uses the version of %s that the tests run', (_, pattern, goMod, module) => {
  const used = [...text('.github/workflows/release.yml').matchAll(new RegExp(pattern, 'g'))].map(
    ([, version]) => version,
  )
  const built = text(goMod)
    .split('\n')
    .find((line) => line.includes(`${module} v`))
    ?.match(/ (v\d\S+)/)?.[1]
  expect([...new Set(used)]).toEqual([built])
})

/** What Dependabot reads in a folder. */
const MANIFESTS: Readonly<Record<string, string>> = {
  npm: 'package.json',
  'github-actions': '.github/workflows/*.yml',
  gomod: 'go.mod',
}

it.each((parse(text('.github/dependabot.yml')) as { readonly updates: readonly Update[] }).updates)(
  'Dependabot finds what it updates: $package-ecosystem',
  ({ 'package-ecosystem': ecosystem, directory, directories = [directory ?? ''] }) => {
    const found = directories.flatMap((folder) => globSync(join(ROOT, folder, MANIFESTS[ecosystem] ?? '')))
    expect(found).not.toEqual([])
  },
)

interface Update {
  readonly 'package-ecosystem': string
  readonly directory?: string
  readonly directories?: readonly string[]
}

describe.each(globSync('.github/ISSUE_TEMPLATE/{bug,feature}.yml', { cwd: ROOT }))('the form %s', (file) => {
  it('has a name, a description, and fields of kinds that GitHub knows, each with an id of its own', () => {
    const { name, description, body } = parse(text(file)) as Form
    expect([name, description].every((text) => text.length > 0)).toBe(true)
    const kinds = new Set(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'])
    expect(body.filter(({ type }) => !kinds.has(type))).toEqual([])
    const ids = body.flatMap(({ type, id }) => (type === 'markdown' ? [] : [id]))
    expect(ids.filter((id, index) => id === undefined || ids.indexOf(id) !== index)).toEqual([])
  })
})

interface Form {
  readonly name: string
  readonly description: string
  readonly body: readonly { readonly type: string; readonly id?: string }[]
}

/** What actionlint says, without the programs of this machine that it would also ask. */
async function lint(file: string): Promise<string> {
  const command = [await actionlint(), '-no-color', '-oneline', '-shellcheck=', '-pyflakes=', file]
  const { stdout, stderr } = await run(command, { cwd: ROOT })
  return `${stdout}${stderr}`
}
