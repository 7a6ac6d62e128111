// The real agent as a child process.
import { join } from 'node:path'

/** The command that runs `ena-otel` with these arguments; its paths hold from the repository's folder. */
export function enaOtel(...args: readonly string[]): readonly string[] {
  return [process.execPath, join('packages', 'agent', 'src', 'bin.ts'), ...args]
}

/** The repository's folder. */
export const REPOSITORY: string = join(import.meta.dirname, '..')

/** An environment in which nothing of this machine's gets into the agent, and it asks no metadata service. */
export const QUIET: NodeJS.ProcessEnv = { PATH: process.env['PATH'], AWS_EC2_METADATA_DISABLED: 'true' }
