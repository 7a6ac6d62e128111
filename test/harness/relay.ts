// Passes TCP connections on: from an address of the loopback that stays the same, or from any server that listens already.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

export interface TcpRelay extends AsyncDisposable {
  /** The port that the server listens on. */
  readonly port: number
  /** How many connections there have been. */
  readonly connections: () => number
  /** From now on every byte is lost, as in a broken network; until `false` is given. Connections made before that stay dead. */
  readonly lose: (isLost: boolean) => void
}

export interface Relay extends TcpRelay {
  /** New connections go to this port of the loopback from now on. */
  readonly turnTo: (port: number) => void
}

/**
 * A relay on the loopback to another port there.
 *
 * @param opened gets each connection, with its number
 */
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

/**
 * @param server listens already; it is closed with the relay
 * @param target asked at each connection
 * @param opened gets each connection that is passed on, with its number
 */
export function tcpRelay(
  server: Server,
  target: () => NetConnectOpts,
  opened?: (inside: Socket, number: number) => void,
): TcpRelay {
  let connections = 0
  let isLost = false
  const sockets = new Set<Socket>()
  const join = (one: Socket, other: Socket | undefined): void => {
    sockets.add(one)
    if (other === undefined) one.resume()
    else one.pipe(other)
    one.once('error', () => other?.destroy()) // the one side's end is the other's
    one.once('close', () => {
      sockets.delete(one)
      other?.destroy()
    })
  }
  server.on('connection', (inside: Socket) => {
    connections++
    if (isLost) return join(inside, undefined)
    const outside = connect(target())
    join(inside, outside)
    join(outside, inside)
    opened?.(inside, connections)
  })
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    lose: (now) => {
      isLost = now
      for (const socket of now ? sockets : []) socket.unpipe().resume()
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
