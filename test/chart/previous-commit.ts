// The chart and the agent's image of the commit before this one, made by its own `pnpm image`; kept in the cache.
import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { pnpm, strangerEnvironment } from '../e2e/packed.ts'
import { output, run } from '../harness/command.ts'
import { NotHere } from '../harness/not-here.ts'
import { DIGITS, type Image, removeOutdated } from '../image/buildah.ts'
import { DEBIAN_NAMES, hostArchitecture } from '../tools/architecture.ts'
import { cached } from '../tools/cache.ts'

const root = join(import.meta.dirname, '..', '..')

export interface PreviousCommit {
  /** Its first line: hash and subject. */
  readonly commit: string
  /** The folder of its chart. */
  readonly chart: string
  readonly image: Image
  /** Of the image. */
  readonly tag: string
}

/** What an image and a chart are made from: in a commit that changes nothing else, they are the same. */
const SOURCES = ['charts', 'image', 'packages', 'pnpm-lock.yaml', 'test/tools']

/** The first parent of HEAD. @throws NotHere in a clone without it */
export async function previousCommit(): Promise<PreviousCommit> {
  const git = (...args: readonly string[]): Promise<string> => output(['git', ...args], { cwd: root })
  const known = await run(['git', 'rev-parse', '--verify', '--quiet', 'HEAD~1^{commit}'], { cwd: root })
  if (known.status !== 0) throw new NotHere('the previous commit', 'this clone has no history')
  const parent = known.stdout.trim()
  const trees = await git('rev-parse', ...SOURCES.map((path) => `${parent}:${path}`))
  const prefix = 'previous-commit-'
  const name = prefix + createHash('sha256').update(trees).digest('hex').slice(0, DIGITS)
  const folder = await cached(name, async (unfinished) => {
    await removeOutdated(dirname(unfinished), prefix)
    await make(parent, unfinished)
  })
  const { version }: { readonly version: string } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return {
    commit: (await git('log', '-1', '--format=%h %s', parent)).trim(),
    chart: join(folder, 'chart'),
    image: { reference: `localhost/ena-otel:${version}`, archive: join(folder, 'image.tar') },
    tag: version,
  }
}

/** As a user does it in a clone: install, and `pnpm image`. */
async function make(commit: string, folder: string): Promise<void> {
  const clone = join(folder, 'clone')
  await mkdir(clone)
  await output(['sh', '-c', 'git archive "$0" | tar -x -C "$1"', commit, clone], { cwd: root })
  const inClone = { cwd: clone, env: { ...strangerEnvironment, CI: 'true' } }
  await output([...pnpm, 'install', '--frozen-lockfile', '--prefer-offline'], inClone)
  const architecture = DEBIAN_NAMES[hostArchitecture()]
  await output([process.execPath, join('image', 'build.ts'), '--arch', architecture], inClone)
  await rename(join(clone, 'dist', `image-${architecture}.tar`), join(folder, 'image.tar'))
  await rename(join(clone, 'packages', 'agent', 'package.json'), join(folder, 'package.json'))
  await cp(join(clone, 'charts', 'ena-otel'), join(folder, 'chart'), { recursive: true })
  await rm(clone, { recursive: true })
}
