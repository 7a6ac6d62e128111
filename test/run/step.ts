// One program of the run: started in a process group of its own, so that it ends with everything that it started.
import { spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'

export interface Step {
  readonly name: string
  readonly command: readonly string[]
  /** Its output goes straight to this process's own, instead of being shown only when it fails. */
  readonly live?: boolean
  readonly env?: NodeJS.ProcessEnv
}

/** Runs the step and says how it went, on standard output; resolves to whether it exited with 0. */
export async function runStep({ name, command, live = false, env }: Step, interrupt: AbortSignal): Promise<boolean> {
  if (interrupt.aborted) return false
  const [program = '', ...args] = command
  const start = performance.now()
  process.stdout.write(live ? `${name}: ${command.join(' ')}\n` : `${name} … `)
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
  })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.push(chunk))
  const ended = Promise.withResolvers<boolean>()
  child.once('error', ended.reject)
  child.once('close', (status) => ended.resolve(status === 0))
  const stop = (): void => endGroup(child.pid)
  interrupt.addEventListener('abort', stop)
  const passed = await ended.promise
  interrupt.removeEventListener('abort', stop)
  await groupEnds(child.pid)
  const result = `${passed ? 'ok' : 'FAILED'}, ${((performance.now() - start) / 1000).toFixed(1)} s`
  process.stdout.write(live ? `${name}: ${result}\n` : `${result}\n`)
  if (!passed && !live) process.stdout.write(`$ ${command.join(' ')}\n${Buffer.concat(output).toString()}\n`)
  return passed
}

const patienceMs = 5000

/** Asks the whole group to end, and makes it when it doesn't. */
function endGroup(leader: number | undefined): void {
  if (leader === undefined) return
  signalGroup(leader, 'SIGTERM')
  setTimeout(signalGroup, patienceMs, leader, 'SIGKILL').unref()
}

/** Ends what its leader has left in the group, and waits for it: a server that says goodbye, a cluster that is taken away. */
async function groupEnds(leader: number | undefined): Promise<void> {
  if (leader === undefined || !signalGroup(leader, 'SIGTERM')) return
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    await wait(20) // nothing tells when the processes of others end
    if (!signalGroup(leader, 0)) return
  }
  signalGroup(leader, 'SIGKILL')
}

/** Whether anybody was there to get it. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false // ended by themselves
    throw error
  }
}
