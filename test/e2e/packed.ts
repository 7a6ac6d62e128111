// The packages as anybody gets them: packed by pnpm, for a project without a workspace.
import { basename, join } from 'node:path'

import { output } from '../harness/command.ts'

const ROOT = join(import.meta.dirname, '..', '..')
export type Package = 'ethtool' | 'metrics' | 'agent'

/** The command of pnpm: the one that runs this script, else the one that npx has or fetches. */
export const pnpm: readonly string[] = basename(process.env['npm_execpath'] ?? '').startsWith('pnpm')
  ? [process.env['npm_execpath']!]
  : ['npx', '--yes', 'pnpm@12']

// The launchers in node_modules/.bin point NODE_PATH at this workspace, where another project has nothing.
const { NODE_PATH: _, ...env } = process.env
/** The environment of a project that is not in this workspace. */
export const strangerEnvironment: NodeJS.ProcessEnv = env

/** Packs a package into `folder`, and returns the tarball's path. Packing builds it first. */
export async function packed(name: Package, folder: string): Promise<string> {
  const tarball = join(folder, `${name}.tgz`)
  await output([...pnpm, 'pack', '--out', tarball], { cwd: join(ROOT, 'packages', name) })
  return tarball
}
