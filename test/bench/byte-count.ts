// Counts what goes through a TCP relay.
import type { Socket } from 'node:net'

import { relay } from '../harness/relay.ts'

export interface ByteCount extends AsyncDisposable {
  /** To connect to instead of the target, on the loopback. */
  readonly port: number
  /** Payload of TCP in both directions so far, of all connections. */
  readonly bytes: () => number
}

/** @param port of the loopback, where the connections come out */
export async function byteCount(port: number): Promise<ByteCount> {
  const sockets: Socket[] = []
  const through = await relay(port, (socket) => sockets.push(socket))
  return {
    ...through,
    bytes: () => sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0),
  }
}
