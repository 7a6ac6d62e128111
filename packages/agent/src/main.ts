// Command line → configuration → command → exit code. Signals, the environment and the console are touched here and nowhere else.
import { once as event } from 'node:events'

import { CommanderError, type Flags, parseCommandLine, type Typed } from './cli.ts'
import { ConfigError } from './config/config-error.ts'
import { configPath, type LoadedConfig, loadConfig } from './config/load.ts'
import { jsonSchema } from './config/options.ts'
import { createLog } from './log.ts'
import { print } from './view/print.ts'

const SILENT = { logLevel: 'silent', logFormat: 'json' } as const

type Environment = Readonly<Record<string, string | undefined>>

/** Does what the command line says. The exit code, when all that was printed is out: 0 fine, 1 failed, 2 wrong usage or configuration. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  try {
    const typed = parseCommandLine(args)
    if (typed) await execute(typed, env)
    return 0
  } catch (error) {
    if (error instanceof CommanderError) {
      await Promise.all([print(process.stdout, ''), print(process.stderr, '')]) // commander has printed, and doesn't wait
      return error.exitCode === 0 ? 0 : 2
    }
    await complain(error instanceof ConfigError ? error.lines : [(error as Error).message])
    return error instanceof ConfigError ? 2 : 1
  }
}

async function execute(typed: Typed, env: Environment): Promise<void> {
  if (typed.command === 'schema') return print(process.stdout, `${JSON.stringify(jsonSchema(), undefined, 2)}\n`)
  const loaded = await load(typed.flags, env)
  const { config, origins } = loaded
  const stopped = stopSignal()
  // Each command is loaded when it is wanted: `once` and `top` need no exporter.
  if (typed.command === 'once') {
    const { once } = await import('./commands/once.ts')
    // Its output is its news; what could not be read is said after it, in a line each.
    const { text, problems } = await once(loaded, env, createLog(origins.logLevel ? config : SILENT), typed, stopped)
    await print(process.stdout, `${text}\n`)
    return complain([...problems].map(([what, problem]) => `${what}: ${problem}`))
  }
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

async function load(flags: Flags, env: Environment): Promise<LoadedConfig> {
  const path = configPath(flags, env)
  if (path === undefined) return loadConfig(flags, env)
  const { readConfigFile } = await import('./config/file.ts') // with the YAML parser, which takes 1.5 MB of memory
  return loadConfig(flags, env, readConfigFile(path))
}

function complain(lines: readonly string[]): Promise<void> {
  return print(process.stderr, lines.map((line) => `ena-otel: ${line}\n`).join(''))
}

/** Fulfilled by the first SIGTERM or SIGINT; the next one ends the process at once. */
async function stopSignal(): Promise<void> {
  const listening = new AbortController()
  await Promise.race(['SIGTERM', 'SIGINT'].map((name) => event(process, name, { signal: listening.signal })))
  listening.abort()
}
