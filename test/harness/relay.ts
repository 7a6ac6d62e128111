// An address of the loopback that stays the same, whatever is behind it.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

import { type TcpRelay, tcpRelay } from './tcp-relay.ts'

export interface Relay extends TcpRelay {
  /** New connections go to this port of the loopback from now on. */
  readonly turnTo: (port: number) => void
}

/** @param opened gets each connection, with its number */
export async function relay(first: number, opened?: (inside: Socket, number: number) => void): Promise<Relay> {
  let port = first
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...tcpRelay(server, () => ({ host: '127.0.0.1', port }), opened),
    turnTo: (next) => {
      port = next
    },
  }
}
