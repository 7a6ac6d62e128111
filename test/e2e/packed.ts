// The packages as anybody gets them: packed by pnpm, for a project without a workspace.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { output } from '../harness/command.ts'
import { exclusively } from '../tools/lock.ts'

const ROOT = join(import.meta.dirname, '..', '..')
export type Package = 'ethtool' | 'metrics' | 'agent'

/** The command of pnpm: the one that runs this script, else the one that npx has or fetches. */
export const pnpm: readonly string[] = basename(process.env['npm_execpath'] ?? '').startsWith('pnpm')
  ? [process.env['npm_execpath']!]
  : ['npx', '--yes', 'pnpm@12']

/**
 * The environment of a project that is not in this workspace. The launchers in node_modules/.bin point NODE_PATH at this one, and the
 * variables of the tests (ENA_OTEL_TALLY, …) are no options of the agent, which reports them.
 */
export const strangerEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== 'NODE_PATH' && !name.startsWith('ENA_OTEL_')),
)

/** Packs a package into `folder`, and returns the tarball's path. Packing builds it first, in its dist: one at a time. */
export async function packed(name: Package, folder: string): Promise<string> {
  const source = join(ROOT, 'packages', name)
  const tarball = join(folder, `${name}.tgz`)
  await exclusively('pack', async () => {
    // What an earlier state of src left in dist isn't packed, and what is missing there is built.
    rmSync(join(source, 'dist'), { recursive: true, force: true })
    mkdirSync(join(source, 'dist'))
    writeFileSync(join(source, 'dist', 'stale.js'), '')
    await output([...pnpm, 'pack', '--out', tarball], { cwd: source })
  })
  return tarball
}

const INSTALLS = 3

/**
 * Installs a project that depends on koffi. pnpm leaves out an optional package that the registry does not deliver, and reports success:
 * the binary of koffi is one.
 *
 * @throws Error when koffi's binary is still missing after three installations
 */
export async function installed(project: string): Promise<void> {
  for (let i = 0; i < INSTALLS; i++) {
    await output([...pnpm, 'install', '--prefer-offline', '--no-frozen-lockfile'], {
      cwd: project,
      env: strangerEnvironment,
    })
    const names = readdirSync(join(project, 'node_modules/.pnpm'))
    if (names.some((name) => name.startsWith('@koromix+koffi-'))) return
    rmSync(join(project, 'node_modules'), { recursive: true })
    rmSync(join(project, 'pnpm-lock.yaml'))
  }
  throw new Error(`${project}: the registry does not deliver the binary of koffi`)
}
