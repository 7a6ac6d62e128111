// Datagrams over the interfaces nic* of the network namespace that this process is in, in both directions, so that the counters move.
import { createSocket } from 'node:dgram'
import { writeFileSync } from 'node:fs'
import { setInterval } from 'node:timers'

import { output } from '../harness/command.ts'

export interface Traffic extends Disposable {
  /** Sends one datagram with so many bytes of payload out of nic`index`. Fulfilled when the kernel has it. */
  readonly send: (index: number, bytes: number) => Promise<void>
}

/** Gives the interfaces addresses, and sends up to 100 datagrams a second over each in each direction. */
export async function traffic(nics: number): Promise<Traffic> {
  // With IPv6 the kernel would send packets of its own.
  writeFileSync('/proc/sys/net/ipv6/conf/all/disable_ipv6', '1')
  const numbers = Array.from({ length: nics }, (_, index) => index)
  await output(['ip', '-batch', '-'], { input: numbers.flatMap(setUp).join('') })
  const socket = createSocket('udp4')
  const send = (address: string, bytes: number): Promise<void> =>
    new Promise((resolve, reject) => {
      socket.send(Buffer.alloc(bytes), 9, address, (error) => (error ? reject(error) : resolve()))
    })
  const timer = setInterval(() => {
    for (const address of numbers.flatMap((index) => [outOf(index), into(index)]))
      for (let left = Math.random() * 100; left > 0; left--) void send(address, Math.ceil(Math.random() * 400))
  }, 1000)
  return {
    send: (index, bytes) => send(outOf(index), bytes),
    [Symbol.dispose]: () => {
      clearInterval(timer)
      socket.close()
    },
  }
}

/** Behind nic`index`, which the way to it leads over. */
const outOf = (index: number): string => `10.99.${2 * index}.2`
/** Behind peer`index`: packets to it arrive at nic`index`. */
const into = (index: number): string => `10.99.${2 * index + 1}.2`

/** No neighbour is asked for. */
function setUp(index: number): readonly string[] {
  return [
    `addr add 10.99.${2 * index}.1/24 dev nic${index}\n`,
    `addr add 10.99.${2 * index + 1}.1/24 dev peer${index}\n`,
    `neigh add ${outOf(index)} lladdr 06:00:00:00:01:02 dev nic${index} nud permanent\n`,
    `neigh add ${into(index)} lladdr 06:00:00:00:02:02 dev peer${index} nud permanent\n`,
  ]
}
