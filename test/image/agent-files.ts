// The agent as it is deployed: compiled, with its production dependencies at the versions of the lockfile, and nothing that only
// a developer needs. Made outside the tree, so that it is of the sources as they are, whatever `dist` holds.
import { globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { output } from '../command.ts'

const root = join(import.meta.dirname, '..', '..')
const packages = ['agent', 'ethtool'] as const

/** The files of the workspace that it is made from. */
export function agentSources(): readonly string[] {
  const patterns = ['pnpm-lock.yaml', 'tsconfig.base.json', 'packages/*/package.json', 'packages/*/src/**/*.ts']
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .sort()
    .map((file) => join(root, file))
}

/** Puts `dist`, `node_modules` and `package.json` into `folder`, which must not be there yet; compiles into `scratch`. */
export async function writeAgent(folder: string, scratch: string): Promise<void> {
  await compile(scratch)
  await output([...pnpmCommand(), '--filter', '@ena-otel/agent', 'deploy', '--prod', '--legacy', folder], { cwd: root })
  const targets = { agent: folder, ethtool: join(folder, 'node_modules', '@ena-otel', 'ethtool') }
  for (const [name, target] of Object.entries(targets)) {
    for (const part of ['src', 'dist']) await rm(join(target, part), { recursive: true, force: true })
    await cp(join(scratch, name, 'src'), join(target, 'dist'), { recursive: true })
    publish(join(target, 'package.json'))
  }
  prune(folder)
}

/** Both packages, as one program: the agent needs no built ethtool then. */
async function compile(folder: string): Promise<void> {
  const project = join(folder, 'tsconfig.json')
  const compilerOptions = {
    rootDir: join(root, 'packages'),
    outDir: folder,
    typeRoots: [join(root, 'node_modules', '@types')],
    composite: false,
    declaration: false,
    isolatedDeclarations: false,
  }
  const include = packages.map((name) => join(root, 'packages', name, 'src'))
  writeFileSync(project, JSON.stringify({ extends: join(root, 'tsconfig.base.json'), compilerOptions, include }))
  await output([join(root, 'node_modules', '.bin', 'tsc'), '-p', project])
}

/** What `pnpm publish` does to a package.json and `pnpm deploy` doesn't: publishConfig replaces what it names. */
function publish(file: string): void {
  const { publishConfig, ...manifest } = JSON.parse(readFileSync(file, 'utf8'))
  rmSync(file) // it is a link to the one in the workspace
  writeFileSync(file, JSON.stringify({ ...manifest, ...publishConfig }, undefined, 2))
}

/** Types, source maps, texts and tests are half of the dependencies' size; koffi for musl would be the only thing that needs musl. */
const superfluous = /\.([mc]?ts|map|md)$|\/(@types|\.bin|test|musl_[^/]+|pnpm-lock\.yaml)$/

function prune(folder: string): void {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    superfluous.test(`/${path}`),
  )
  for (const path of paths) rmSync(join(folder, path), { recursive: true, force: true })
}

/** The pnpm that runs this script, else the one that npx has or fetches. */
function pnpmCommand(): readonly string[] {
  const running = process.env['npm_execpath'] ?? ''
  return basename(running).startsWith('pnpm') ? [running] : ['npx', '--yes', 'pnpm@12']
}
