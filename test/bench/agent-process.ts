// The agent as it ships in the image: one bundle, with koffi's binary beside it, and the image's flags.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { QUIET } from '../agent.ts'
import { NODE_FLAGS, writeAgent } from '../image/agent-files.ts'
import { type Child, child } from './child.ts'

/** Starts `ena-otel run` with these arguments; it pushes to `endpoint`. Ready when it answers the kubelet. */
export async function agentProcess(
  endpoint: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-bench-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    await writeAgent(folder)
    const bundle = join(folder, 'ena-otel.cjs')
    const agent = await child([process.execPath, ...NODE_FLAGS, bundle, 'run', '--endpoint', endpoint, ...args], {
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
