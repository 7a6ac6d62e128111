// A node in a network namespace, with four interfaces that drop the packets that a test sends.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { output } from '../harness/command.ts'
import { type NetworkNamespace, networkNamespace } from '../harness/netns.ts'

export interface DroppingNode extends Pick<NetworkNamespace, 'command'>, AsyncDisposable {
  /** Sends a packet through `nic0`, `nic1`, …, which drops it. Resolves when that has happened. */
  readonly drop: (nic: number) => Promise<void>
  /** How many each has dropped since the start. */
  readonly dropped: readonly number[]
  /** Another interface, whose counters begin at 0, takes the place and the name of one. */
  readonly replace: (nic: number) => Promise<void>
  /** The same, but index and MAC stay: for an observer, the counters of the interface are reset. */
  readonly reset: (nic: number) => Promise<void>
}

const INTERFACES = [0, 1, 2, 3]

export async function droppingNode(): Promise<DroppingNode> {
  const node = await networkNamespace(0)
  const ip = (commands: string): Promise<string> => output(['ip', '-n', node.name, '-batch', '-'], { input: commands })
  await ip(INTERFACES.map((nic) => pair(nic, FIRST_INDEX + nic)).join(''))
  const [program = '', ...args] = node.command([process.execPath, '-e', SENDER])
  const sender = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(sender, 'close')
  const lines = createInterface(sender.stdout)
  const dropped = INTERFACES.map(() => 0)
  const again = async (nic: number, index: number): Promise<void> => {
    await ip(`link del nic${nic}\n${pair(nic, index)}`)
  }
  return {
    command: (command) => node.command(command),
    dropped,
    drop: async (nic) => {
      const sent = once(lines, 'line', { signal: AbortSignal.timeout(5_000) })
      sender.stdin.write(`10.99.${nic}.2\n`)
      await sent
      dropped[nic]!++
    },
    replace: (nic) => again(nic, FIRST_INDEX + INTERFACES.length + nic),
    reset: (nic) => again(nic, FIRST_INDEX + nic),
    [Symbol.asyncDispose]: async () => {
      sender.stdin.end()
      await ended
      await node.remove()
    },
  }
}

/** Those of the other ends begin lower. */
const FIRST_INDEX = 1000

/** A veth drops a packet that is too long for its peer (net/core/dev.c, is_skb_forwardable). No neighbour is asked for. */
function pair(nic: number, index: number): string {
  return `link add nic${nic} index ${index} address 06:00:00:00:01:0${nic} type veth peer name peer${nic}
link set peer${nic} mtu 576 up
link set nic${nic} up
addr add 10.99.${nic}.1/24 dev nic${nic}
neigh add 10.99.${nic}.2 lladdr 06:00:00:00:00:0${nic} dev nic${nic} nud permanent
`
}

/** Sends to each address that it reads, and says so. */
const SENDER = `
const socket = require('node:dgram').createSocket('udp4')
require('node:readline').createInterface(process.stdin)
  .on('line', (address) => socket.send(Buffer.alloc(1200), 9, address, (error) => {
    if (error) throw error
    console.log(address)
  }))
  .on('close', () => socket.close())`
