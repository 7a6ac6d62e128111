// The agent as it is deployed: one file, with what `require` finds beside it: the FFI's binary as `koffi`, because koffi's own modules
// only search for it, and RE2.
import { globSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { parse } from 'yaml'

import { agentBundle } from '../packages/agent/bundle.ts'
import type { Architecture } from '../test/tools/architecture.ts'
import type { ImageFile } from './layer.ts'
import { filesOfPackage, type NpmPackage } from './npm-package.ts'

const root = join(import.meta.dirname, '..')
const ofAgent = createRequire(join(root, 'packages', 'agent', 'package.json'))

/** The files of the workspace that it is made from. */
export function agentSources(): readonly string[] {
  const patterns = [
    'pnpm-lock.yaml',
    'tsconfig.base.json',
    'packages/*/{package.json,bundle.ts}',
    'packages/*/src/**/*.ts',
  ]
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .sort()
    .map((file) => join(root, file))
}

/** The flags of Node that keep its memory small: ARCHITECTURE.md explains them. */
export const NODE_FLAGS: readonly string[] = ['--max-opt=0', '--max-semi-space-size=1', '--expose-gc']

/** Puts `ena-otel.cjs`, `licenses.txt` and, in `node_modules`, `koffi.node` and `re2js.js` into `folder`, for this machine. */
export async function writeAgent(folder: string): Promise<void> {
  const { code, licenses } = await agentBundle()
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await writeFile(join(folder, 'ena-otel.cjs'), code)
  await writeFile(join(folder, 'licenses.txt'), licenses)
  await copyFile(koffiBinary(), join(folder, 'node_modules', 'koffi.node'))
  await copyFile(ofAgent.resolve('re2js'), join(folder, 'node_modules', 're2js.js'))
}

export interface AgentFiles {
  readonly files: readonly ImageFile[]
  /** Those of npm that are in them, as `name@version`. */
  readonly packages: readonly string[]
}

/** The same files, for an image of any architecture. */
export async function agentFiles(architecture: Architecture): Promise<AgentFiles> {
  const { code, licenses, packages } = await agentBundle()
  const koffi = await filesOfPackage(koffiPackage(architecture))
  const binary = koffi.get(`linux_${architecture}/koffi.node`)
  if (binary === undefined) throw new Error(`koffi's package has no binary for ${architecture}`)
  const folder = 'opt/ena-otel'
  return {
    files: [
      { path: `${folder}/ena-otel.cjs`, data: Buffer.from(code) },
      { path: `${folder}/licenses.txt`, data: Buffer.from(licenses) },
      { path: `${folder}/node_modules/koffi.node`, data: binary },
      { path: `${folder}/node_modules/re2js.js`, data: await readFile(ofAgent.resolve('re2js')) },
    ],
    packages,
  }
}

/** The package with koffi's binary, as the lockfile has it. */
export function koffiPackage(architecture: Architecture): NpmPackage {
  const lockfile = parse(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly resolution: { readonly integrity: string } }>>
  }
  const name = `@koromix/koffi-linux-${architecture}`
  const [key, found] = Object.entries(lockfile.packages).find(([key]) => key.startsWith(`${name}@`)) ?? []
  if (key === undefined || found === undefined) throw new Error(`pnpm-lock.yaml has no ${name}`)
  return { name, version: key.slice(name.length + 1), integrity: found.resolution.integrity }
}

/** The one for this machine, of the package that koffi depends on for it. */
function koffiBinary(): string {
  const koffi = ofAgent.resolve('koffi')
  const platform = `linux-${process.arch}`
  const binaries = dirname(createRequire(koffi).resolve(`@koromix/koffi-${platform}`))
  return join(binaries, platform.replace('-', '_'), 'koffi.node')
}
