import { execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { serverProcess, type ServerProgram } from './server-process.ts'

/** Prints its folder and process id, and then waits for ever. */
const program: ServerProgram<{ readonly folder: string; readonly pid: number }> = {
  name: 'server-process-test',
  command: (folder) => ['sh', '-c', 'touch "$0/data"; echo "$0 $$" >&2; exec sleep 600', folder],
  ready: (line) => {
    const [folder = '', pid] = line.split(' ')
    return { folder, pid: Number(pid) }
  },
}

test('runs a server until it is stopped, and then removes its folder', async () => {
  const server = await serverProcess(program)
  const { folder, pid } = server.ready
  const during = { data: existsSync(join(folder, 'data')), runs: runs(pid) }
  await server.stop()
  expect({ during, after: { data: existsSync(folder), runs: runs(pid) } }).toEqual({
    during: { data: true, runs: true },
    after: { data: false, runs: false },
  })
})

test('throws the log of a server that does not start, and leaves nothing behind', async () => {
  const command = (folder: string): string[] => ['sh', '-c', 'echo "no luck in $0" >&2; exit 3', folder]
  const failing = serverProcess({ name: 'unlucky', command, ready: () => undefined })
  const error: unknown = await failing.catch((error: unknown) => error)
  const folder = /no luck in (.*)/.exec(String(error))?.[1] ?? ''
  expect({ error: String(error), folder: existsSync(folder) }).toEqual({
    error: expect.stringMatching(/unlucky did not start:\nno luck in/),
    folder: false,
  })
})

test.for(['SIGKILL', 'SIGTERM'] as const)(
  'ends the server and removes its folder when the test gets %s',
  async (signal) => {
    const owner = execFile(process.execPath, [
      '--input-type=module',
      '-e',
      `
    import { serverProcess } from ${JSON.stringify(join(import.meta.dirname, 'server-process.ts'))}
    const { ready } = await serverProcess({ name: 'killed', command: ${String(program.command)}, ready: ${String(program.ready)} })
    console.log(JSON.stringify(ready))
    setInterval(() => undefined, 1000)
  `,
    ])
    const { folder, pid } = await firstLine(owner)
    owner.kill(signal)
    await once(owner, 'exit')
    await until(() => !runs(pid) && !existsSync(folder))
  },
)

async function firstLine({ stdout }: ChildProcess): Promise<{ readonly folder: string; readonly pid: number }> {
  if (stdout === null) throw new TypeError('the process needs a pipe')
  const [line] = await once(stdout, 'data')
  return JSON.parse(String(line))
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await setTimeout(10)
}

function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}`)
}
