// Passes TCP connections on, from a server that listens to wherever they are to come out.
import { once } from 'node:events'
import { type AddressInfo, connect, type NetConnectOpts, type Server, type Socket } from 'node:net'

export interface TcpRelay extends AsyncDisposable {
  /** The port that the server listens on. */
  readonly port: number
  /** How often somebody has connected. */
  readonly connections: () => number
}

/** @param server listens already; it is closed with the relay
 *  @param target asked at each connection */
export function tcpRelay(server: Server, target: () => NetConnectOpts): TcpRelay {
  let connections = 0
  const sockets = new Set<Socket>()
  server.on('connection', (inside: Socket) => {
    connections++
    const outside = connect(target())
    for (const [one, other] of [
      [inside, outside],
      [outside, inside],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.once('error', () => other.destroy()) // the one side's end is the other's
      one.once('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
