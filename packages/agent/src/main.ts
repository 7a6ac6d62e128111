// Command line → configuration → command → exit code. Only this file handles signals and reads the environment.
import { once as event } from 'node:events'

import { CommanderError, type Flags, parseCommandLine, type Typed } from './cli.ts'
import type { Environment } from './config/environment.ts'
import { configPath, type LoadedConfig, loadConfig } from './config/load.ts'
import { jsonSchema } from './config/options.ts'
import { ConfigError } from './config/problem.ts'
import { createLog } from './log.ts'
import { print } from './view/print.ts'

const SILENT = { logLevel: 'silent', logFormat: 'json' } as const

/** Runs the command. The exit code, after all output is written: 0 success, 1 failure, 2 wrong usage or configuration. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  try {
    const typed = await parsed(args)
    if (typed === 'wrong usage') return 2
    if (typed !== 'help') await execute(typed, env)
    return 0
  } catch (error) {
    await report(error instanceof ConfigError ? error.lines : [(error as Error).message])
    return error instanceof ConfigError ? 2 : 1
  }
}

/** Help, and what is wrong with the command line, commander prints by itself, and doesn't wait until it is out. */
async function parsed(args: readonly string[]): Promise<Typed | 'help' | 'wrong usage'> {
  try {
    return parseCommandLine(args) ?? 'help'
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const isHelp = error.exitCode === 0
    await (isHelp ? print(process.stdout, '') : report([]))
    return isHelp ? 'help' : 'wrong usage'
  }
}

/** Each command is loaded when it runs: `once` and `top` need no exporter. */
async function execute(typed: Typed, env: Environment): Promise<void> {
  if (typed.command === 'schema') return printLine(JSON.stringify(jsonSchema(), undefined, 2))
  if (typed.command === 'version') return printLine((await import('./commands/version.ts')).versions())
  if (typed.command === 'completion') {
    const { completion } = await import('./commands/completion.ts')
    return printLine(completion(typed.shell))
  }
  const loaded = await load(typed.flags, env)
  if (typed.command === 'run') return runAgent(loaded, env)
  await report(loaded.warnings)
  if (typed.command === 'validate') {
    const { validate } = await import('./commands/validate.ts')
    return printLine(validate(loaded))
  }
  return typed.command === 'once' ? printOnce(loaded, env, typed) : showTop(loaded, env)
}

async function runAgent(loaded: LoadedConfig, env: Environment): Promise<void> {
  const stopped = stopSignal()
  const log = createLog(loaded.config)
  for (const warning of loaded.warnings) log.warn({}, warning)
  if (loaded.config.isDisabled) {
    const { runDisabled } = await import('./commands/disabled.ts')
    return runDisabled(loaded, log, stopped)
  }
  const { run } = await import('./commands/run.ts')
  return run(loaded, env, log, stopped)
}

/** `once` logs only on request. After the output, it prints a line for each failed read. */
async function printOnce(
  loaded: LoadedConfig,
  env: Environment,
  typed: Typed & { readonly command: 'once' },
): Promise<void> {
  const { once } = await import('./commands/once.ts')
  const log = createLog(loaded.origins.logLevel ? loaded.config : SILENT)
  const { text, problems } = await once(loaded, env, log, typed, stopSignal())
  await printLine(text)
  return report([...problems].map(([what, problem]) => `${what}: ${problem}`))
}

/** On a terminal, log lines would overwrite the screen, which shows the same problems. */
async function showTop(loaded: LoadedConfig, env: Environment): Promise<void> {
  const { config, origins } = loaded
  const { top } = await import('./commands/top.ts')
  const options = { ...config, logLevel: origins.logLevel ? config.logLevel : 'warn' }
  if (!process.stdout.isTTY) return top(loaded, env, createLog(options), stopSignal())
  // SIGHUP: the terminal is closed, or its session ends. Without a terminal it may be ignored (nohup), and must stay so.
  return top(loaded, env, createLog(SILENT), stopSignal(['SIGTERM', 'SIGINT', 'SIGHUP']))
}

async function load(flags: Flags, env: Environment): Promise<LoadedConfig> {
  const path = configPath(flags, env)
  if (path === undefined) return loadConfig(flags, env)
  const { readConfigFile } = await import('./config/file.ts') // with the YAML parser, which takes 1.5 MB of memory
  return loadConfig(flags, env, readConfigFile(path))
}

function printLine(text: string): Promise<void> {
  return print(process.stdout, `${text}\n`)
}

/** If stderr can't be written, nobody can be told: the exit code has to do. */
async function report(lines: readonly string[]): Promise<void> {
  await Promise.allSettled([print(process.stderr, lines.map((line) => `ena-otel: ${line}\n`).join(''))])
}

/** Fulfilled by the first of these signals. The next one ends the process immediately. */
async function stopSignal(signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']): Promise<void> {
  const listening = new AbortController()
  await Promise.race(signals.map((name) => event(process, name, { signal: listening.signal })))
  listening.abort()
}
