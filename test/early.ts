// A real agent that exports once a day, and a packet that is dropped: what a collector gets at once.
// Usage: node early.ts, in a network namespace of its own with nic0 and peer0. Prints JSON: the requests, flat, in order.
import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { enaOtel, QUIET, REPOSITORY } from './agent.ts'
import { collector } from './otelcol.ts'
import { flatPoints } from './points.ts'

const ip = (...args: string[]): void => void execFileSync('ip', args)
ip('addr', 'add', '10.9.0.1/24', 'dev', 'nic0', 'broadcast', '10.9.0.255')
ip('link', 'set', 'peer0', 'mtu', '576') // a veth drops what is too long for its peer (net/core/dev.c, is_skb_forwardable)
const socket = createSocket('udp4')
socket.bind(0, '10.9.0.1')
await once(socket, 'listening')
socket.setBroadcast(true)

const target = await collector()
if ('notHere' in target) throw new Error('no collector')
const options = ['--include', 'nic0', '--export-interval', '24h', '--endpoint', `http://${target.grpcEndpoint}`]
const [program, ...args] = enaOtel('run', ...options)
const agent = spawn(program!, args, { cwd: REPOSITORY, env: QUIET, stdio: ['ignore', 'ignore', 'pipe'] })
process.once('exit', () => agent.kill('SIGKILL'))
const lines = createInterface(agent.stderr)
await new Promise<void>((resolve) => lines.on('line', (line) => line.includes('nic0: attached') && resolve()))
await (await fetch('http://127.0.0.1:8413/readyz')).text() // answered after the first sample
socket.send(Buffer.alloc(1400), 9, '10.9.0.255')
await target.receivedWhen((requests) => requests.length > 0)
agent.kill('SIGTERM')
await once(agent, 'exit')
socket.close()
const requests = target.received().map((request) => flatPoints([request]))
await target[Symbol.asyncDispose]()
process.stdout.write(JSON.stringify(requests))
