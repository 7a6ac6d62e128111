// A network namespace with veth pairs in it: as many interfaces as a test likes, and none of the machine's touched.
import { output, run, type CommandOptions, type Outcome } from './command.ts'
import { NotHere } from './not-here.ts'
import { isStale } from './owner.ts'
import { onPath } from '../tools/on-path.ts'

export interface NetworkNamespace extends AsyncDisposable {
  readonly name: string
  /** `nic0`, `nic1`, …: up, each the one end of a pair whose other end is `peer0`, `peer1`, … */
  readonly interfaces: readonly string[]
  /** Runs a command in it, with a /sys that shows its interfaces. */
  exec(command: readonly string[], options?: CommandOptions): Promise<Outcome>
  /** The command that does so. */
  command(command: readonly string[]): readonly string[]
  /** Removes it with all that is in it. */
  remove(): Promise<void>
}

/** Makes a namespace with `pairs` veth pairs. Removes those that processes left behind which are no more. */
export async function networkNamespace(pairs: number): Promise<NetworkNamespace> {
  if (process.getuid?.() !== 0) throw new NotHere('a network namespace', 'only root can make one')
  if (onPath('ip') === undefined) throw new NotHere('a network namespace', 'iproute2 is not installed')
  await removeStale()
  made += 1
  const name = `${prefix}${process.pid}-${made}`
  const added = await run(['ip', 'netns', 'add', name])
  if (added.stderr.includes('Operation not permitted')) throw new NotHere('a network namespace', added.stderr.trim())
  if (added.status !== 0) throw new Error(added.stderr)
  const numbers = Array.from({ length: pairs }, (_, index) => index)
  const command = (inner: readonly string[]): readonly string[] => ['ip', 'netns', 'exec', name, ...inner]
  const remove = (): Promise<void> => removeNamespace(name)
  await output(['ip', '-n', name, '-batch', '-'], {
    input: ['link set lo up', ...numbers.flatMap(pairCommands), ''].join('\n'),
  })
  return {
    name,
    interfaces: numbers.map((number) => `nic${number}`),
    command,
    exec: (inner, options) => run(command(inner), options),
    remove,
    [Symbol.asyncDispose]: remove,
  }
}

const prefix = 'ena-otel-'
let made = 0

function pairCommands(number: number): readonly string[] {
  return [
    `link add nic${number} type veth peer name peer${number}`,
    `link set nic${number} up`,
    `link set peer${number} up`,
  ]
}

/** Removes the namespaces of processes that are no more. */
export async function removeStale(): Promise<void> {
  for (const name of await namespaces()) if (isStale(name, prefix)) await removeNamespace(name)
}

async function namespaces(): Promise<readonly string[]> {
  const list = await output(['ip', 'netns', 'list'])
  return list.split('\n').flatMap((line) => line.split(' ')[0] || [])
}

/** Does nothing when it is gone already: another process may remove the same stale one. */
async function removeNamespace(name: string): Promise<void> {
  const { status, stderr } = await run(['ip', 'netns', 'delete', name])
  if (status !== 0 && (await namespaces()).includes(name)) throw new Error(stderr)
}
