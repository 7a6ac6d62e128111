// What `helm test` runs, without a cluster.
import { expect } from 'vitest'

import { QUIET } from '../harness/agent.ts'
import { run } from '../harness/command.ts'
import { type KubernetesObject, objectOf } from './chart.ts'

/** Runs what the test's pod would run: with other variables, and with a part of its script replaced. */
export async function helmTest(
  all: readonly KubernetesObject[],
  replaced: Readonly<Record<string, string>> = {},
  [from, to]: readonly [RegExp, string] = [/$^/, ''],
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  const [{ command, args, env }] = objectOf(all, 'Pod')['spec'].containers
  expect(command).toEqual(['node'])
  const given = Object.fromEntries(env.map(({ name, value }: { name: string; value: string }) => [name, value]))
  return run([process.execPath, ...args.map((text: string) => text.replace(from, to))], {
    env: { ...QUIET, ...given, ...replaced },
  })
}
