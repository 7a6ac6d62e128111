// Command line → configuration → command → exit code. Signals, the environment and the console are touched here and nowhere else.
import { once as event } from 'node:events'

import { CommanderError, parseCommandLine, type Typed } from './cli.ts'
import { ConfigError } from './config/config-error.ts'
import { loadConfig } from './config/load.ts'
import { jsonSchema } from './config/options.ts'
import { createLog } from './log.ts'

const SILENT = { logLevel: 'silent', logFormat: 'json' } as const

type Environment = Readonly<Record<string, string | undefined>>

/** Does what the command line says. The exit code: 0 fine, 1 failed, 2 wrong usage or configuration. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  try {
    const typed = parseCommandLine(args)
    if (typed) await execute(typed, env)
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2 // commander has printed its line
    const lines = error instanceof ConfigError ? error.lines : [(error as Error).message]
    for (const line of lines) process.stderr.write(`ena-otel: ${line}\n`)
    return error instanceof ConfigError ? 2 : 1
  }
}

async function execute(typed: Typed, env: Environment): Promise<void> {
  if (typed.command === 'schema') return print(JSON.stringify(jsonSchema(), undefined, 2))
  const loaded = loadConfig(typed.flags, env)
  const { config, origins } = loaded
  // Each command is loaded when it is wanted: `once` and `top` need no exporter.
  if (typed.command === 'once') {
    const { once } = await import('./commands/once.ts')
    // Its output is its news; what could not be read is said after it, in a line each.
    const { text, problems } = await once(loaded, env, createLog(origins.logLevel ? config : SILENT), typed)
    print(text)
    for (const [what, problem] of problems) process.stderr.write(`ena-otel: ${what}: ${problem}\n`)
    return
  }
  const stopped = stopSignal()
  if (typed.command === 'top') {
    const { top } = await import('./commands/top.ts')
    // On a terminal the log would scribble over the picture, which shows the same problems itself.
    return top(
      loaded,
      env,
      createLog(process.stdout.isTTY ? SILENT : { ...config, logLevel: origins.logLevel ? config.logLevel : 'warn' }),
      stopped,
    )
  }
  const { run } = await import('./commands/run.ts')
  return run(loaded, env, createLog(config), stopped)
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Fulfilled by the first SIGTERM or SIGINT; the next one ends the process at once. */
async function stopSignal(): Promise<void> {
  const listening = new AbortController()
  await Promise.race(['SIGTERM', 'SIGINT'].map((name) => event(process, name, { signal: listening.signal })))
  listening.abort()
}
