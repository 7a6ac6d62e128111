// Programs out of Debian's packages, unpacked beside the system instead of installed: needs apt, but not root, and
// neither changes the machine's package lists nor depends on them.
import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { output } from '../command.ts'
import { notHere, type NotHere } from '../not-here.ts'
import { cached } from './cache.ts'
import { onPath } from './on-path.ts'

export interface DebianTool {
  /** Names the folder in the cache. */
  readonly name: string
  /** The package it is in, and those of its dependencies that a minimal Debian lacks. */
  readonly packages: readonly string[]
  /** Completes the unpacked tree, before it counts as there. */
  readonly finish?: (root: string) => Promise<void>
}

/** The folder into which the packages are unpacked, as if it were `/`. Keyed by the distribution's release. */
export async function unpacked(tool: DebianTool): Promise<string | NotHere> {
  const missing = ['apt-get', 'dpkg-deb'].find((program) => onPath(program) === undefined)
  if (missing !== undefined) return notHere(tool.name, `${missing} is not installed`)
  return cached(`${tool.name}-${await release()}-${process.arch}`, async (folder) => {
    const state = join(folder, 'apt')
    await download(tool.packages, state)
    for (const file of await readdir(state)) {
      if (file.endsWith('.deb')) await output(['dpkg-deb', '-x', join(state, file), folder])
    }
    await rm(state, { recursive: true })
    await tool.finish?.(folder)
  })
}

async function release(): Promise<string> {
  const osRelease = await readFile('/etc/os-release', 'utf8')
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]+)`, 'm').exec(osRelease)?.[1] ?? 'unknown'
  return `${field('ID')}-${field('VERSION_ID')}`
}

async function download(packages: readonly string[], state: string): Promise<void> {
  await mkdir(join(state, 'lists', 'partial'), { recursive: true })
  await mkdir(join(state, 'cache', 'archives', 'partial'), { recursive: true })
  const settings = {
    'Dir::State::Lists': join(state, 'lists'),
    'Dir::Cache': join(state, 'cache'),
    'APT::Sandbox::User': '', // the folder may be closed to apt's own user
    'Acquire::Languages': 'none',
  }
  const apt = ['apt-get', '-qq', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])]
  await output([...apt, 'update'])
  await output([...apt, 'download', ...packages], { cwd: state })
}
