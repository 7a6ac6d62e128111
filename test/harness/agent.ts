// The real agent as a child process.
import { join } from 'node:path'

import { type ServerProcess, serverProcess } from '../amp/server-process.ts'

/** The command that runs `ena-otel` with these arguments; its paths hold from the repository's folder. */
export function enaOtel(...args: readonly string[]): readonly string[] {
  return [process.execPath, join('packages', 'agent', 'src', 'bin.ts'), ...args]
}

/** The repository's folder. */
export const REPOSITORY: string = join(import.meta.dirname, '..', '..')

/** An environment in which nothing of this machine's gets into the agent, and it asks no metadata service. */
export const QUIET: NodeJS.ProcessEnv = { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true' }

/** `QUIET`, and each export has every series: tests wait for some that do not change. */
export const COMPLETE: NodeJS.ProcessEnv = {
  ...QUIET,
  ENA_OTEL_HEARTBEAT_INTERVAL: '100ms',
  ENA_OTEL_OWN_METRICS: 'all',
}

export interface AgentOptions {
  /** More than `COMPLETE`. */
  readonly env?: NodeJS.ProcessEnv
  /** Makes a command one that runs elsewhere: in a network namespace. */
  readonly within?: (command: readonly string[]) => readonly string[]
  /** The line of its log at which it counts as started; the first one by default. */
  readonly started?: RegExp
}

/** Runs `ena-otel run` with these arguments. It ends with the object, and with this process. `ready` is the line at which it had started. */
export function startAgent(args: readonly string[], options: AgentOptions = {}): Promise<ServerProcess<string>> {
  const { env = {}, within = (command) => command, started = /^/ } = options
  return serverProcess({
    name: 'agent',
    command: () => within(enaOtel('run', ...args)),
    cwd: REPOSITORY,
    env: { ...COMPLETE, ...env },
    ready: (line) => (started.test(line) ? line : undefined),
  })
}
