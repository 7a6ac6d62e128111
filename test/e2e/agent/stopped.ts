// A real agent that is stopped (SIGSTOP) for seconds while packets go on, as a suspended or starved process is.
// Usage: node stopped.ts, in a network namespace of its own with nic0. Prints JSON: the truth, and what a collector got.
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { startAgent } from '../../harness/agent.ts'
import { collector } from '../../harness/otelcol.ts'
import { type FlatPoint, flatPoints } from '../../harness/points.ts'

/** What the kernel had counted, and when it was asked. */
export interface Counted {
  readonly timeMs: number
  readonly packets: number
}

export interface Stopped {
  readonly truth: readonly Counted[]
  readonly points: readonly FlatPoint[]
}

/** As many packets pass while the agent stands still as it would see in some seconds. */
const PACKETS_WHILE_STOPPED = 6_000
const TICK_MS = 10
const PACKETS_A_TICK = 20

execFileSync('ip', ['addr', 'add', '10.9.0.1/24', 'dev', 'nic0', 'broadcast', '10.9.0.255'])
const socket = createSocket('udp4')
socket.bind(0, '10.9.0.1')
await once(socket, 'listening')
socket.setBroadcast(true)

const truth: Counted[] = []
const sending = setInterval(() => {
  for (let i = 0; i < PACKETS_A_TICK; i++) socket.send('x', 9, '10.9.0.255')
  truth.push({
    timeMs: Date.now(),
    packets: Number(readFileSync('/sys/class/net/nic0/statistics/tx_packets', 'latin1')),
  })
}, TICK_MS)

const target = await collector()
const times = ['--sample-interval', '100ms', '--export-interval', '1s', '--detail', 'full', '--health-port', 'off']
const agent = await startAgent(['--include', 'nic0', '--endpoint', `http://${target.grpcEndpoint}`, ...times])
const exports = (more: number): Promise<unknown> => {
  const enough = target.received().length + more
  return target.receivedWhen((requests) => requests.length >= enough)
}
await exports(3)
process.kill(agent.pid(), 'SIGSTOP')
const enough = truth.at(-1)!.packets + PACKETS_WHILE_STOPPED
while (truth.at(-1)!.packets < enough) await new Promise((resolve) => setTimeout(resolve, TICK_MS))
process.kill(agent.pid(), 'SIGCONT')
await exports(3)
await agent.stop()
clearInterval(sending)
socket.close()
const points = flatPoints(target.received())
await target[Symbol.asyncDispose]()
const stopped: Stopped = { truth, points }
process.stdout.write(JSON.stringify(stopped))
