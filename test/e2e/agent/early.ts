// A real agent that exports once a day, and a dropped packet: what a collector receives at once.
// Usage: node early.ts, in a network namespace of its own with nic0 and peer0. Prints JSON: the requests, flat, in order.
import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

import { startAgent } from '../../harness/agent.ts'
import { collector } from '../../harness/otelcol.ts'
import { flatPoints } from '../../harness/points.ts'

const ip = (...args: string[]): void => void execFileSync('ip', args)
ip('addr', 'add', '10.9.0.1/24', 'dev', 'nic0', 'broadcast', '10.9.0.255')
ip('link', 'set', 'peer0', 'mtu', '576') // a veth drops what is too long for its peer (net/core/dev.c, is_skb_forwardable)
const socket = createSocket('udp4')
socket.bind(0, '10.9.0.1')
await once(socket, 'listening')
socket.setBroadcast(true)

const target = await collector()
const options = ['--include', 'nic0', '--export-interval', '24h', '--endpoint', `http://${target.grpcEndpoint}`]
const agent = await startAgent(options, { started: /nic0: attached/ })
await (await fetch('http://127.0.0.1:8413/readyz')).text() // answered after the first sample
socket.send(Buffer.alloc(1400), 9, '10.9.0.255')
await target.receivedWhen((requests) => requests.length > 0)
await agent.stop()
socket.close()
const requests = target.received().map((request) => flatPoints([request]))
await target[Symbol.asyncDispose]()
process.stdout.write(JSON.stringify(requests))
