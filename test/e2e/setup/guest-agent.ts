// The real agent on a node of its own: a guest with network cards of the driver "ena", whose counters the test moves and reads.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { type Guest, guest, type GuestOptions } from '../../kernel/guest.ts'
import { agentBundle } from '../../../packages/agent/bundle.ts'
import { showStatistics, statisticsIn } from './statistics.ts'

export interface NodeAgentOptions {
  /** OTLP, as this machine calls it: `http://127.0.0.1:41939`. */
  readonly endpoint: string
  /** Reaches the agent as it does in a DaemonSet, as K8S_NODE_NAME. */
  readonly nodeName: string
  /** Default: none. */
  readonly clusterName?: string
  /** Further arguments of `ena-otel run`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface NodeAgent extends AsyncDisposable {
  /** What it has written so far. */
  readonly log: () => Promise<string>
  /** Ends it, by SIGTERM by default, and returns its exit status and log. Can be called again after its end. */
  readonly stop: (signal?: 'TERM' | 'KILL') => Promise<{ readonly status: number; readonly log: string }>
}

export interface EnaNode extends AsyncDisposable {
  /** Tells the driver something, each command at once; the commands are in ../kernel/ena.c: `inc 0 tx_timeout 1`. */
  readonly ena: Guest['ena']
  /** The true counters of a network card, as the driver holds them; 0 is eth0. */
  readonly counters: (card?: number) => Promise<ReadonlyMap<string, number>>
  /** The true value of one. @throws Error when the card has none of this name */
  readonly counter: (name: string, card?: number) => Promise<number>
  /** What the guest's kernel says in /sys/class/net/eth<card>/statistics, by the names of the files. */
  readonly statistics: (card?: number) => Promise<ReadonlyMap<string, number>>
  /** What a command in the guest prints. @throws Error with all it printed, unless it exits with 0 */
  readonly output: (command: readonly string[]) => Promise<string>
  /** Starts the agent; several can run at once. Its log says when it samples or has ended. */
  readonly run: (options: NodeAgentOptions) => Promise<NodeAgent>
}

/** Boots a guest that reaches this machine's loopback, about 10 s. */
export async function enaNode(options: Omit<GuestOptions, 'reachesHost'> = {}): Promise<EnaNode> {
  const machine = await guest({ ...options, reachesHost: true })
  const counters: EnaNode['counters'] = (card) => readCounters(machine, card)
  try {
    await installAgent(machine, (await agentBundle()).code)
  } catch (error) {
    await machine[Symbol.asyncDispose]()
    throw error
  }
  let started = 0
  return {
    ena: machine.ena,
    counters,
    counter: async (name, card) => {
      const value = (await counters(card)).get(name)
      if (value === undefined) throw new Error(`the network card has no counter ${name}`)
      return value
    },
    statistics: async (card = 0) => statisticsIn(await succeed(machine, showStatistics(`eth${card}`))),
    output: (command) => succeed(machine, command),
    run: (agent) => runAgent(machine, agent, `/tmp/agent-${++started}`),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  }
}

/** What a guest calls this machine's loopback: QEMU's user-mode network forwards it. */
export function fromGuest(endpoint: string): string {
  return endpoint.replace('127.0.0.1', '10.0.2.2')
}

/** In the guest's memory alone, in a folder from which koffi is found: there are no modules beside the agent's. */
const BUNDLE = 'packages/ethtool/bundle/ena-otel.cjs'

/** The guest fetches the bundle, because its line for commands is slow. */
async function installAgent(machine: Guest, bundle: string): Promise<void> {
  const server = createServer((_, response) => response.end(bundle)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  await succeed(machine, ['sh', '-ec', INSTALL, BUNDLE, fromGuest(url)])
  server.close()
}

const INSTALL = `
mkdir -p $(dirname $0)
wget -q -O $0 $1`

const VALUES = '/sys/kernel/debug/ena/values'

async function readCounters(machine: Guest, card = 0): Promise<ReadonlyMap<string, number>> {
  const lines = (await succeed(machine, ['cat', VALUES])).trim().split('\n')
  const fields = lines.map((line) => line.split(' ')).filter(([number]) => number === String(card))
  return new Map(fields.map(([, name = '', value]) => [name, Number(value)]))
}

/** @param files the agent's process id, log and exit status go to files whose names begin with this */
async function runAgent(machine: Guest, options: NodeAgentOptions, files: string): Promise<NodeAgent> {
  const { endpoint, nodeName, clusterName, args = [], env = {} } = options
  const command = [
    'node',
    BUNDLE,
    'run',
    '--health-port=off',
    `--endpoint=${fromGuest(endpoint)}`,
    ...(clusterName === undefined ? [] : ['--cluster-name', clusterName]),
    ...args,
  ]
  await succeed(machine, ['sh', '-c', START, files, ...command], { K8S_NODE_NAME: nodeName, ...env })
  const log = (): Promise<string> => succeed(machine, ['cat', `${files}.log`])
  const stop: NodeAgent['stop'] = async (signal = 'TERM') => {
    const status = await succeed(machine, ['sh', '-c', STOP, files, signal])
    return { status: Number(status), log: await log() }
  }
  return { log, stop, [Symbol.asyncDispose]: async () => void (await stop('KILL')) }
}

const START = `
("$@" </dev/null >$0.log 2>&1 & echo $! >$0.pid; wait $!; echo $? >$0.status) </dev/null >/dev/null 2>&1 &
until [ -s $0.pid ]; do usleep 10000; done`

const STOP = `
[ -e $0.status ] || kill -$1 $(cat $0.pid)
until [ -s $0.status ]; do usleep 20000; done
cat $0.status`

async function succeed(
  machine: Guest,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { status, stdout, stderr } = await machine.exec(command, { env })
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status} in the guest\n${stdout}${stderr}`)
  return stdout
}
