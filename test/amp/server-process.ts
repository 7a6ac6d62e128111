// A server program of a test, in a folder of its own, that can't outlive the test: a shell stands between, which ends the
// program and removes the folder as soon as the pipe from this process closes, and the kernel closes that however this
// process ends.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { journal, type Journal } from './journal.ts'

export interface ServerProgram<Ready> {
  /** Names the folder, and the program in errors. */
  readonly name: string
  /** The command, given the folder that it may fill. */
  readonly command: (folder: string) => readonly string[]
  /** Its environment, besides PATH and a HOME: what this machine sets for AWS's SDKs or for proxies must not count. */
  readonly env?: NodeJS.ProcessEnv
  /** Looks at one more line of its log; gives, as soon as the program is ready, what is to be known of it. */
  readonly ready: (line: string) => Ready | undefined
}

export interface ServerLog {
  /** What it has logged so far. */
  log(): string
  /** The first line that matches, as soon as there is one. @throws what `signal` gives; after 20 s by default. */
  logged(pattern: RegExp, signal?: AbortSignal): Promise<string>
}

export interface ServerProcess<Ready> extends ServerLog, AsyncDisposable {
  readonly ready: Ready
  /** Asks it to end, waits for that, and removes its folder. */
  stop(): Promise<void>
  /** Ends it as SIGKILL does; the rest as `stop`. */
  kill(): Promise<void>
}

/** Ends the program at the end of its own standard input or at a signal; the program's end is its own. */
const guard = `
folder=$1; shift
exec 3<&0
trap : TERM INT HUP
"$@" </dev/null 3<&- &
program=$!
echo "$program" >"$folder/$0.pid"
exec 2>/dev/null # nobody may be left to read what the shell would say
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
  const child = spawn('sh', ['-c', guard, program.name, folder, ...program.command(folder)], {
    env: { PATH: process.env['PATH'], HOME: folder, ...program.env },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const stop = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const closed = once(child, 'close') // after the last line of its log
      child.stdin?.end()
      await closed
    }
    rmSync(folder, { recursive: true, force: true })
  }
  const log = journal<string>()
  try {
    const ready = await firstReady(child, program, log)
    return {
      ready,
      log: () => log.list().join('\n'),
      async logged(pattern, signal) {
        const matches = (line: string): boolean => pattern.test(line)
        return (await log.when((lines) => lines.some(matches), signal)).find(matches) ?? ''
      },
      stop,
      kill: async () => {
        const closed = once(child, 'close')
        process.kill(Number(readFileSync(join(folder, `${program.name}.pid`), 'utf8')), 'SIGKILL')
        await closed
        await stop()
      },
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function firstReady<Ready>(
  child: ChildProcess,
  program: ServerProgram<Ready>,
  log: Journal<string>,
): Promise<Ready> {
  if (child.stderr === null) throw new TypeError('the program needs a pipe for its log')
  const started = Promise.withResolvers<Ready>()
  createInterface(child.stderr)
    .on('line', (line) => {
      log.add(line)
      const ready = program.ready(line)
      if (ready !== undefined) started.resolve(ready)
    })
    .once('close', () => started.reject(new Error(`${program.name} did not start:\n${log.list().join('\n')}`)))
  child.once('error', started.reject)
  return started.promise
}
