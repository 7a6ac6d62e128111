// The command that runs something in a guest, from outside.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { beforeAll, expect, it } from 'vitest'

import { REPOSITORY } from '../harness/agent.ts'
import { run } from '../harness/command.ts'
import { provideGuest } from './guest.ts'

const command = [process.execPath, join(import.meta.dirname, 'run.ts'), '--arch', 'arm64', '--nics', '2'] // the fastest to boot

beforeAll(() => provideGuest('arm64')) // the first time, that takes longer than a test may

it('prints the output of a command as it comes, and leaves no process when it is killed', async ({ signal }) => {
  await provideGuest('arm64')
  const script = 'ls /sys/class/net; echo up >&2; read -r wait <>/dev/console' // for ever
  const child = spawn(command[0]!, [...command.slice(1), 'sh', '-c', script], { cwd: REPOSITORY })
  signal.addEventListener('abort', () => child.kill('SIGKILL')) // too late
  const printed: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => printed.push(text))
  let emulators: readonly number[] = []
  try {
    for await (const line of createInterface(child.stderr)) if (line === 'up') break
    emulators = childrenOf(child.pid!)
  } finally {
    child.kill('SIGKILL')
  }
  expect(printed.join('')).toContain('eth1')
  expect(emulators).toHaveLength(1)
  await expect.poll(() => emulators.filter(isRunning), { timeout: 5000 }).toEqual([])
}, 120_000)

it('reports a wrong argument', async () => {
  const outcome = await run([...command, '--driver', '3.0', 'true'], { cwd: REPOSITORY })
  expect(outcome).toMatchObject({ status: 2, stderr: 'run.ts: --driver 3.0: 2.12, 2.17, 6.1 or 6.12\n' })
})

function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

/** A process that was killed may still wait to be reaped: state Z. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false
    throw error
  }
}
