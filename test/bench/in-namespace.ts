// Runs a script of this folder in a network namespace of its own.
import { join } from 'node:path'

import { output } from '../harness/command.ts'
import { networkNamespace } from '../harness/netns.ts'

/**
 * What the script prints, which is JSON.
 *
 * @param nics how many interfaces nic* there are
 * @param stop ends it
 */
export async function inNamespace<T>(
  nics: number,
  script: string,
  args: readonly (string | number)[],
  stop: AbortSignal,
  env: NodeJS.ProcessEnv = {},
): Promise<T> {
  const namespace = await networkNamespace(nics)
  await using _ = namespace
  const path = join(import.meta.dirname, script)
  // The script and its children end with this process, however that ends.
  const command = ['setpriv', '--pdeathsig', 'KILL', process.execPath, '--expose-gc', path, ...args.map(String)]
  return JSON.parse(
    await output(namespace.command(command), {
      env: { ...process.env, ...env },
      signal: stop,
    }),
  ) as T
}
