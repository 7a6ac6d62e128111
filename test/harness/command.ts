// One run of a program, waited for, with its output as text.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface Outcome {
  /** The exit status, or null when a signal ended it. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** The folder it runs in; this process's own by default. */
  readonly cwd?: string
  /** Its whole environment; this process's own by default. */
  readonly env?: NodeJS.ProcessEnv
  /** What it reads on standard input; nothing by default. */
  readonly input?: string
  /** Kills it when aborted; never by default. */
  readonly signal?: AbortSignal
}

/** Runs `command` without a shell. Rejects only when it can't be started or was aborted; a failure is in the status. */
export async function run(command: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const [program, ...args] = command
  if (program === undefined) throw new TypeError('a command needs a program')
  const { input = '', ...rest } = options
  const child = spawn(program, args, rest)
  const ended = Promise.withResolvers<Pick<Outcome, 'status' | 'signal'>>()
  child.once('error', ended.reject)
  child.once('close', (status, signal) => ended.resolve({ status, signal }))
  child.stdin.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') ended.reject(error) // it may end without reading
  })
  child.stdin.end(input)
  const [end, stdout, stderr] = await Promise.all([ended.promise, text(child.stdout), text(child.stderr)])
  return { ...end, stdout, stderr }
}

/** What `command` prints on standard output. Rejects, with all it printed, unless it exits with 0. */
export async function output(command: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, signal, stdout, stderr } = await run(command, options)
  if (status === 0) return stdout
  throw new Error(`${command.join(' ')} ended with ${signal ?? status}\n${stdout}${stderr}`)
}
