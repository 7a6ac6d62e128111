// The real agent on a node that is a network namespace of this machine: its eth0 is one end of a veth pair, and what goes
// over it is counted by the kernel.
import { startAgent } from '../../harness/agent.ts'
import { output } from '../../harness/command.ts'
import { type NetworkNamespace, networkNamespace } from '../../harness/netns.ts'
import type { NodeAgentOptions } from './guest-agent.ts'
import { passage } from '../../harness/passage.ts'
import { showStatistics, statisticsIn } from './statistics.ts'

export interface VethAgent {
  /** What it has written so far. */
  readonly log: () => string
  /** Ends it at once, as SIGKILL does; nothing is pushed any more. */
  readonly kill: () => Promise<void>
}

export interface VethAgentOptions extends NodeAgentOptions {
  /** What the endpoint's host is called; its address by default. */
  readonly collectorName?: string
  /** The resolv.conf that the agent has; this machine's by default. */
  readonly resolvConf?: string
}

export interface VethNode extends AsyncDisposable {
  /** Starts the agent, which reads eth0. It ends with the node, and has to exit with 0, unless it is killed. */
  readonly run: (options: VethAgentOptions) => Promise<VethAgent>
  /** The command that runs another one in its network. */
  readonly command: (command: readonly string[]) => readonly string[]
  /** What the kernel says at this moment in /sys/class/net/eth0/statistics, by the names of the files. */
  readonly statistics: () => Promise<ReadonlyMap<string, number>>
  /** Sends so many datagrams of 100 bytes out of eth0, or into it. One is 142 bytes on the wire. */
  readonly send: (direction: 'out' | 'in', count: number) => Promise<void>
  /** Sends so many packets out of eth0 that its other end doesn't take: each is one more in `tx_dropped`, and nowhere else. */
  readonly drop: (count: number) => Promise<void>
}

/** What a datagram of 100 bytes is on Ethernet: 14 bytes of its own header, 20 of IP, 8 of UDP. */
export const BYTES_ON_THE_WIRE = 142

const ADDRESS = { out: '10.99.1.2', in: '10.99.2.2' }

/** Makes the namespace with its eth0; the other end of the pair is in it as well. */
export async function vethNode(): Promise<VethNode> {
  const network = await networkNamespace(1)
  await using parts = new AsyncDisposableStack()
  parts.use(network)
  // With IPv6 the kernel would send packets of its own.
  await succeed(network, ['sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'])
  await output(['ip', '-n', network.name, '-batch', '-'], { input: SET_UP })
  const owned = parts.move()
  return {
    command: (command) => network.command(command),
    run: async ({ endpoint, nodeName, clusterName, args = [], env = {}, collectorName = '127.0.0.1', resolvConf }) => {
      const way = owned.use(await passage((command) => network.command(command), endpoint))
      const cluster = clusterName === undefined ? [] : ['--cluster-name', clusterName]
      const url = way.endpoint.replace('127.0.0.1', collectorName)
      const options = ['--health-port', 'off', '--include', 'eth0', '--endpoint', url, ...cluster, ...args]
      const agent = await startAgent(options, {
        env: { K8S_NODE_NAME: nodeName, ...env },
        within: (command) => network.command([...withResolvConf(resolvConf), ...command]),
      })
      let isKilled = false
      owned.defer(async () => {
        await agent.stop()
        if (agent.status() !== 0 && !isKilled) throw new Error(`the agent ended with ${agent.status()}\n${agent.log()}`)
      })
      return {
        log: agent.log,
        kill: () => {
          isKilled = true
          return agent.kill()
        },
      }
    },
    statistics: async () => statisticsIn(await succeed(network, showStatistics('eth0'))),
    send: async (direction, count) => {
      await succeed(network, [process.execPath, '-e', SEND, ADDRESS[direction], String(count), '100'])
    },
    drop: async (count) => {
      await succeed(network, [process.execPath, '-e', SEND, ADDRESS.out, String(count), String(2 * PEER_MTU)])
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** A packet of more than the other end's MTU is dropped by veth (is_skb_forwardable); the least that IPv4 asks for is 576. */
const PEER_MTU = 576

/** No neighbour is asked for. */
const SET_UP = `link set peer0 mtu ${PEER_MTU}
link set nic0 down
link set nic0 name eth0
link set eth0 up
addr add 10.99.1.1/24 dev eth0
addr add 10.99.2.1/24 dev peer0
neigh add ${ADDRESS.out} lladdr 06:00:00:00:01:02 dev eth0 nud permanent
neigh add ${ADDRESS.in} lladdr 06:00:00:00:02:02 dev peer0 nud permanent
`

const SEND = `
const socket = require('node:dgram').createSocket('udp4')
const [address, count, size] = process.argv.slice(1)
const send = (left) => left === 0 ? socket.close() : socket.send(Buffer.alloc(Number(size)), 9, address, (error) => {
  if (error) throw error
  send(left - 1)
})
send(Number(count))`

/** Over this machine's, in the mount namespace that `ip netns exec` makes, which is the command's own. */
function withResolvConf(path: string | undefined): readonly string[] {
  return path === undefined ? [] : ['sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', path]
}

async function succeed(network: NetworkNamespace, command: readonly string[]): Promise<string> {
  return output(network.command(command))
}
