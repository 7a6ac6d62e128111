// The agent as it ships: one bundle, with koffi beside it.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { QUIET, REPOSITORY } from '../agent.ts'
import { agentBundle } from '../../packages/agent/bundle.ts'
import { type Child, child } from './child.ts'

/** Starts `ena-otel run` with these arguments; it pushes to `endpoint`. Ready when it answers the kubelet. */
export async function agentProcess(
  endpoint: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-bench-'))
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(REPOSITORY, 'packages/ethtool/node_modules/koffi'), join(folder, 'node_modules/koffi'))
  const bundle = join(folder, 'ena-otel.cjs')
  writeFileSync(bundle, await agentBundle())
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const agent = await child([process.execPath, bundle, 'run', '--endpoint', endpoint, ...args], {
      ready: /attached|takes our metrics/,
      env: { ...QUIET, ...env },
    })
    return {
      pid: agent.pid,
      [Symbol.asyncDispose]: async () => {
        await agent[Symbol.asyncDispose]()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}
