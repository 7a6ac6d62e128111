// An address of a collector that stays the same while what is behind it is mended.
import { once } from 'node:events'
import { createServer } from 'node:net'

import { type TcpRelay, tcpRelay } from '../tcp-relay.ts'

export interface Relay extends TcpRelay {
  /** Who connects from now on comes to this port of the loopback. */
  readonly turnTo: (port: number) => void
}

export async function relay(first: number): Promise<Relay> {
  let port = first
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...tcpRelay(server, () => ({ host: '127.0.0.1', port })),
    turnTo: (next) => {
      port = next
    },
  }
}
