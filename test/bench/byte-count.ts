// Counts what goes through a TCP relay.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

import { tcpRelay } from '../tcp-relay.ts'

export interface ByteCount extends AsyncDisposable {
  /** To connect to instead of the target, on the loopback. */
  readonly port: number
  /** Payload of TCP in both directions so far, of all connections. */
  readonly bytes: () => number
}

/** @param port of the loopback, where the connections come out */
export async function byteCount(port: number): Promise<ByteCount> {
  const server = createServer()
  const sockets: Socket[] = []
  server.on('connection', (socket) => sockets.push(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const relay = tcpRelay(server, () => ({ host: '127.0.0.1', port }))
  return {
    port: relay.port,
    bytes: () => sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0),
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  }
}
