// A server program of a test, in a folder of its own, that can't outlive the test. A shell between them ends the program and removes
// the folder when the pipe from this process closes. The kernel closes it however this process ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { journal } from './journal.ts'

export interface ServerProgram<Ready> {
  /** Names the folder, and the program in errors. */
  readonly name: string
  /** The command, given the folder that it may fill. */
  readonly command: (folder: string) => readonly string[] | Promise<readonly string[]>
  /** The folder it runs in; this process's own by default. */
  readonly cwd?: string
  /** Its environment, in addition to PATH and HOME. Settings of this machine for AWS's SDKs or proxies are left out. */
  readonly env?: NodeJS.ProcessEnv
  /** Gets each line of its log. Returns a value once the program is ready: its port, for example. */
  readonly ready: (line: string) => Ready | undefined
}

export interface ServerLog {
  /** What it has logged so far. */
  readonly log: () => string
  /** The first line that matches, as soon as there is one. @throws what `signal` gives; after 20 s by default. */
  readonly logged: (pattern: RegExp, signal?: AbortSignal) => Promise<string>
}

export interface ServerProcess<Ready> extends ServerLog, AsyncDisposable {
  readonly ready: Ready
  /** The program's own process id. */
  readonly pid: () => number
  /** Its exit status, or null while it runs. Ended by a signal, it is 128 and the signal's number. */
  readonly status: () => number | null
  /** Asks it to end, waits for that, and removes its folder. */
  readonly stop: () => Promise<void>
  /** Ends it as SIGKILL does; the rest as `stop`. */
  readonly kill: () => Promise<void>
}

/** Ends the program at the end of standard input or at a signal, and exits with the program. */
const guard = `
folder=$1; shift
exec 3<&0
trap : TERM INT HUP
"$@" </dev/null 3<&- &
program=$!
echo "$program" >"$folder/$0.pid"
exec 2>/dev/null # the reader of the shell's messages may be gone
{ trap - TERM INT HUP; read -r _ <&3; kill -TERM "$program"; } &
watch=$!
wait "$program"; status=$?
while kill -0 "$program"; do wait "$program"; status=$?; done
kill "$watch"
rm -rf "$folder"
exit "$status"
`

/** Starts the program; it is ready when this resolves. @throws with its log when it ends before that. */
export async function serverProcess<Ready>(program: ServerProgram<Ready>): Promise<ServerProcess<Ready>> {
  const folder = mkdtempSync(join(tmpdir(), `ena-otel-${program.name}-`))
  try {
    return await start(program, folder, await program.command(folder))
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function start<Ready>(
  program: ServerProgram<Ready>,
  folder: string,
  command: readonly string[],
): Promise<ServerProcess<Ready>> {
  const child = spawn('sh', ['-c', guard, program.name, folder, ...command], {
    cwd: program.cwd,
    env: { PATH: process.env['PATH'], HOME: folder, ...program.env },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const pid = (): number => Number(readFileSync(join(folder, `${program.name}.pid`), 'utf8'))
  const end = async (ask: () => void): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close') // after the last line of its log
      ask()
      await closed
    }
    rmSync(folder, { recursive: true, force: true })
  }
  const stop = (): Promise<void> => end(() => child.stdin.end())
  const log = journal<string>()
  const started = Promise.withResolvers<Ready>()
  createInterface(child.stderr)
    .on('line', (line) => {
      log.add(line)
      const ready = program.ready(line)
      if (ready !== undefined) started.resolve(ready)
    })
    .once('close', () => started.reject(new Error(`${program.name} did not start:\n${log.list().join('\n')}`)))
  child.once('error', started.reject)
  try {
    return {
      ready: await started.promise,
      pid,
      status: () => child.exitCode,
      log: () => log.list().join('\n'),
      async logged(pattern, signal) {
        const matches = (line: string): boolean => pattern.test(line)
        return (await log.when((lines) => lines.some(matches), signal)).find(matches) ?? ''
      },
      stop,
      kill: () => end(() => process.kill(pid(), 'SIGKILL')),
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
