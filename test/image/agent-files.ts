// The agent as it is deployed: one file, with what `require` finds beside it: the FFI's binary as `koffi`, because koffi's own modules
// only search for it, and RE2.
import { createRequire } from 'node:module'
import { globSync } from 'node:fs'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { agentBundle } from '../../packages/agent/bundle.ts'

const root = join(import.meta.dirname, '..', '..')
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

/** Puts `ena-otel.cjs`, `licenses.txt` and, in `node_modules`, `koffi.node` and `re2js.js` into `folder`. */
export async function writeAgent(folder: string): Promise<void> {
  const { code, licenses } = await agentBundle()
  await mkdir(join(folder, 'node_modules'), { recursive: true })
  await writeFile(join(folder, 'ena-otel.cjs'), code)
  await writeFile(join(folder, 'licenses.txt'), licenses)
  await copyFile(koffiBinary(), join(folder, 'node_modules', 'koffi.node'))
  await copyFile(ofAgent.resolve('re2js'), join(folder, 'node_modules', 're2js.js'))
}

/** The one for this machine, of the package that koffi depends on for it. */
function koffiBinary(): string {
  const koffi = ofAgent.resolve('koffi')
  const platform = `linux-${process.arch}`
  const binaries = dirname(createRequire(koffi).resolve(`@koromix/koffi-${platform}`))
  return join(binaries, platform.replace('-', '_'), 'koffi.node')
}
