// The machine of a cluster: namespaces of its own, whose first process starts the daemons. They end and leave nothing behind when
// this process removes them or ends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { output } from '../harness/command.ts'
import { ADDRESS } from './address.ts'
import { makeCgroup } from './cgroups.ts'
import type { Daemon } from './daemons.ts'
import { folderOf } from './name.ts'

export interface Node {
  /** The command that runs `inner` in its network, with the files and processes of this machine. */
  readonly inNetwork: (inner: readonly string[]) => readonly string[]
  /** The command that runs `inner` as on the node itself: its mounts, processes and /sys too. */
  readonly onNode: (inner: readonly string[]) => readonly string[]
  /** Starts a daemon, whose output goes to its log. */
  readonly start: (daemon: Daemon) => void
  /** Ends a daemon by SIGTERM, and resolves when it has ended. */
  readonly stop: (daemon: Daemon) => Promise<void>
  /** The last lines of each log. */
  readonly logs: (lines?: number) => string
  /** Resolves when nothing is left of it. @throws with the keeper's log */
  readonly remove: () => Promise<void>
}

/** Starts it with Debian's programs from `usr`. Its files are in `folderOf(name)`. @throws Error with its log */
export async function startNode(name: string, usr: string): Promise<Node> {
  const folder = folderOf(name)
  const logFolder = join(folder, 'daemons')
  mkdirSync(logFolder, { recursive: true })
  const keeper = spawn(join(import.meta.dirname, 'keeper.sh'), [name, process.execPath, ...makeCgroup(name)], {
    env: { PATH: path, TMPDIR: tmpdir(), NAME: name, FOLDER: folder, USR: usr, NODE_ADDRESS: ADDRESS.node },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(keeper, 'exit')
  keeper.stdin.on('error', () => undefined) // it has ended: seen by `ended`
  const logs = (lines = 20): string =>
    readdirSync(logFolder)
      .map((file) => `== ${file}\n${readFileSync(join(logFolder, file), 'utf8').split('\n').slice(-lines).join('\n')}`)
      .join('\n')
  const remove = async (): Promise<void> => {
    keeper.stdin.end()
    const [status] = await ended
    if (status !== 0) throw new Error(`${name} could not be removed: its keeper ended with ${status}\n${logs()}`)
  }
  keeper.stdin.write(`. ${quoted(join(import.meta.dirname, 'node-init.sh'))}\n`)
  const pid = await firstLine(keeper.stdout)
  if (pid === undefined) {
    const said = logs()
    await remove()
    throw new Error(`the first process of ${name} ended at once:\n${said}`)
  }
  const onNode: Node['onNode'] = (inner) => {
    return ['nsenter', '--target', pid, '--net', '--mount', '--uts', '--ipc', '--pid', '--', ...inner]
  }
  const pidFile = (daemon: string): string => join(folder, `${daemon}.pid`)
  return {
    inNetwork: (inner) => ['nsenter', `--net=/proc/${pid}/ns/net`, '--', ...inner],
    onNode,
    start: ({ name, command }) => {
      const file = quoted(join(logFolder, `${name}.log`))
      const own = quoted(pidFile(name))
      keeper.stdin.write(`${command.map(quoted).join(' ')} < /dev/null >> ${file} 2>&1 & echo $! > ${own}\n`)
    },
    stop: async ({ name }) => {
      // Until its parent, the node's first process, has waited for it.
      const program = 'read -r pid < "$0"; kill "$pid"; while kill -0 "$pid" 2> /dev/null; do sleep 0.05; done'
      await output(onNode(['sh', '-c', program, pidFile(name)]))
    },
    logs,
    remove,
  }
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** Undefined when there is none. */
async function firstLine(stream: NodeJS.ReadableStream): Promise<string | undefined> {
  for await (const line of createInterface(stream)) return line
  return undefined
}
