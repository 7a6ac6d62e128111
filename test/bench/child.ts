// A program that is measured: its process id is the program's own, and it can't outlive this process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Child extends AsyncDisposable {
  readonly pid: number
}

/**
 * Starts it, and waits for a line of its log (stderr) that matches `ready`; without one, only for the start.
 *
 * @param env all of its environment, besides PATH
 * @throws Error with its log when it ends before that
 */
export async function child(
  command: readonly string[],
  { ready, env = {} }: { readonly ready?: RegExp; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Child> {
  const started = spawn('setpriv', ['--pdeathsig', 'KILL', ...command], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const log: string[] = []
  const isReady = Promise.withResolvers<void>()
  if (ready === undefined) started.once('spawn', isReady.resolve)
  started.once('error', isReady.reject)
  createInterface(started.stderr)
    .on('line', (line) => {
      if (ready?.test(line)) isReady.resolve()
      if (log.length < LOG_LINES) log.push(line)
    })
    .once('close', () => isReady.reject(new Error(`${command.join(' ')} has ended:\n${log.join('\n')}`)))
  await isReady.promise
  return {
    pid: started.pid!,
    [Symbol.asyncDispose]: async () => {
      if (started.exitCode !== null || started.signalCode !== null) return
      const exited = once(started, 'exit')
      started.kill('SIGKILL') // what it would still send is not measured
      await exited
    },
  }
}

const LOG_LINES = 200
