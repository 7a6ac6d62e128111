// The real agent on a node that is a network namespace of this machine: its eth0 is one end of a veth pair, and what goes
// over it is counted by the kernel.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import { enaOtel, QUIET, REPOSITORY } from '../agent.ts'
import { output } from '../command.ts'
import { type NetworkNamespace, networkNamespace } from '../netns.ts'
import type { NotHere } from '../not-here.ts'
import type { NodeAgentOptions } from './guest-agent.ts'
import { intoNamespace } from './into-namespace.ts'

export interface VethNode extends AsyncDisposable {
  /** Starts the agent, which reads eth0. It ends with the node. */
  readonly run: (options: NodeAgentOptions) => Promise<void>
  /** What the kernel says at this moment in /sys/class/net/eth0/statistics, by the names of the files. */
  readonly statistics: () => Promise<ReadonlyMap<string, number>>
  /** Sends so many datagrams of 100 bytes out of eth0, or into it. One is 142 bytes on the wire. */
  readonly send: (direction: 'out' | 'in', count: number) => Promise<void>
}

/** What a datagram of 100 bytes is on Ethernet: 14 bytes of its own header, 20 of IP, 8 of UDP. */
export const BYTES_ON_THE_WIRE = 142

const ADDRESS = { out: '10.99.1.2', in: '10.99.2.2' }

/** Makes the namespace with its eth0; the other end of the pair is in it as well. */
export async function vethNode(): Promise<VethNode | NotHere> {
  const network = await networkNamespace(1)
  if ('notHere' in network) return network
  await using parts = new AsyncDisposableStack()
  parts.use(network)
  // The kernel would speak IPv6 by itself.
  await succeed(network, ['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'])
  await output(['ip', '-n', network.name, '-batch', '-'], { input: SET_UP })
  const owned = parts.move()
  return {
    run: async ({ endpoint, nodeName, clusterName, args = [], env = {} }) => {
      const passage = owned.use(await intoNamespace(network, endpoint))
      const cluster = clusterName === undefined ? [] : ['--cluster-name', clusterName]
      const options = ['--include', 'eth0', '--endpoint', passage.endpoint, ...cluster, ...args]
      owned.defer(startAgent(network, options, { ...QUIET, K8S_NODE_NAME: nodeName, ...env }))
    },
    statistics: async () => {
      const text = await succeed(network, ['sh', '-c', 'cd /sys/class/net/eth0/statistics && grep . *'])
      const lines = text
        .trim()
        .split('\n')
        .map((line) => line.split(':'))
      return new Map(lines.map(([name = '', value]) => [name, Number(value)]))
    },
    send: async (direction, count) => {
      await succeed(network, [process.execPath, '-e', SEND, ADDRESS[direction], String(count)])
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** No neighbour is asked for. */
const SET_UP = `link set nic0 down
link set nic0 name eth0
link set eth0 up
addr add 10.99.1.1/24 dev eth0
addr add 10.99.2.1/24 dev peer0
neigh add ${ADDRESS.out} lladdr 06:00:00:00:01:02 dev eth0 nud permanent
neigh add ${ADDRESS.in} lladdr 06:00:00:00:02:02 dev peer0 nud permanent
`

const SEND = `
const socket = require('node:dgram').createSocket('udp4')
const [address, count] = process.argv.slice(1)
const send = (left) => left === 0 ? socket.close() : socket.send(Buffer.alloc(100), 9, address, (error) => {
  if (error) throw error
  send(left - 1)
})
send(Number(count))`

/** Returns what ends it. It has to end with 0. */
function startAgent(
  network: NetworkNamespace,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): () => Promise<void> {
  const command = ['setpriv', '--pdeathsig', 'KILL', ...enaOtel('run', '--health-port', 'off', ...options)]
  const [program = '', ...args] = network.command(command)
  const child = spawn(program, args, { cwd: REPOSITORY, env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  const log = text(child.stderr)
  return async () => {
    child.kill('SIGTERM')
    const [status] = await exit
    if (status !== 0) throw new Error(`the agent ended with ${status}\n${await log}`)
  }
}

async function succeed(network: NetworkNamespace, command: readonly string[]): Promise<string> {
  return output(network.command(command))
}
