// A running emulator and the line to it: shell scripts go in, their output comes out, one after the other.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { Duplex } from 'node:stream'

import type { Outcome } from '../harness/command.ts'

export interface Machine {
  /** Runs a script outside of the guest's `/`, by busybox. @throws Error with the end of the console when the machine ends */
  readonly request: (script: string, onOutput?: OnOutput) => Promise<Outcome>
  /** What its serial line has said, and the emulator itself. */
  readonly console: () => string
  readonly kill: () => Promise<void>
}

export type OnOutput = (stream: 'stdout' | 'stderr', text: string) => void

/** The time limit for the boot: ten times the usual. */
const BOOT_MS = 120_000

/** @param command the emulator with its arguments, but for the serial line and the ports that initial-files.ts expects */
export function startMachine(command: readonly string[], env: NodeJS.ProcessEnv): Machine {
  // The kernel kills it when this process dies, however that happens.
  const args = ['--pdeathsig', 'KILL', ...command, ...LINES]
  const child = spawn('setpriv', args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => said.push(text.replaceAll('\r', '')))
  }
  const consoleText = (): string => said.join('')
  const [requests, stdout, stderr] = [3, 4, 5].map((number) => port(child, number)) as [Duplex, Duplex, Duplex]
  const ended = endOf(child, consoleText)

  const serve = async (script: string, onOutput: OnOutput): Promise<Outcome> => {
    const token = randomUUID()
    requests.write(`${token} ${Buffer.from(script).toString('base64')}\n`)
    const answers = Promise.all([
      untilToken(stdout, token, (text) => onOutput('stdout', text)),
      untilToken(stderr, token, (text) => onOutput('stderr', text)),
    ])
    const [out, err] = await Promise.race([answers, ended])
    return { status: out.status, signal: null, stdout: out.text, stderr: err.text }
  }

  const silent: OnOutput = () => undefined
  const tooLate = setTimeout(() => {
    said.push(`\nmachine: not booted after ${BOOT_MS / 1000} s\n`)
    child.kill('SIGKILL')
  }, BOOT_MS)
  let last: Promise<unknown> = serve('true', silent).finally(() => clearTimeout(tooLate))
  last.catch(() => undefined) // each request reports it

  return {
    console: consoleText,
    request: (script, onOutput = silent) => {
      const turn = last.then(() => serve(script, onOutput))
      last = turn
      return turn
    },
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
  }
}

const LINES: readonly string[] = [
  ['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console', '-device', 'virtio-serial-pci'],
  ...[1, 2, 3].map((number) => ['-chardev', `socket,id=port${number},fd=${number + 2}`]),
  ...[1, 2, 3].map((number) => ['-device', `virtserialport,nr=${number},chardev=port${number}`]),
].flat()

/** Node's pipes to a child are sockets, which the emulator takes over by their descriptors. */
function port(child: ChildProcess, descriptor: number): Duplex {
  const stream = child.stdio[descriptor]
  if (!(stream instanceof Duplex)) throw new Error(`there is no pipe on descriptor ${descriptor}`)
  stream.setEncoding('utf8')
  stream.on('error', () => stream.destroy()) // the machine ended, which is told by endOf
  return stream
}

/** Rejects when the machine ends. */
function endOf(child: ChildProcess, consoleText: () => string): Promise<never> {
  const ended = Promise.withResolvers<never>()
  child.once('error', ended.reject)
  child.once('close', (status, signal) => {
    const tail = consoleText().trimEnd().split('\n').slice(-40).join('\n')
    ended.reject(new Error(`the guest ended (${signal ?? `status ${status}`}); the end of its console:\n${tail}`))
  })
  ended.promise.catch(() => undefined) // also when nothing is asked of it at that moment
  return ended.promise
}

interface Answer {
  readonly text: string
  readonly status: number
}

/** What comes until the token, which a record separator precedes and the exit status follows. */
function untilToken(stream: Duplex, token: string, onText: (text: string) => void): Promise<Answer> {
  const answered = Promise.withResolvers<Answer>()
  const end = `\u001E${token} `
  let text = ''
  let told = 0
  const tell = (to: number): void => {
    if (to > told) onText(text.slice(told, to))
    told = Math.max(to, told)
  }
  const onData = (chunk: string): void => {
    text += chunk
    const at = text.lastIndexOf('\u001E')
    const last = at === -1 ? '' : text.slice(at)
    if (at === -1 || !(last.startsWith(end) || end.startsWith(last))) return tell(text.length)
    tell(at) // the token, or the beginning of it
    if (!last.startsWith(end) || !last.endsWith('\n')) return
    stream.off('data', onData)
    stream.pause()
    answered.resolve({ text: text.slice(0, at), status: Number(last.slice(end.length)) })
  }
  stream.on('data', onData)
  stream.resume()
  return answered.promise
}
