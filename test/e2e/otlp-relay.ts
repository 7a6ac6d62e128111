// An address of a collector that stays the same while what is behind it is mended: a relay of TCP.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Relay extends AsyncDisposable {
  readonly port: number
  /** How often somebody has connected. */
  readonly connections: () => number
  /** Who connects from now on comes to this port of the loopback. */
  readonly turnTo: (port: number) => void
}

export async function relay(first: number): Promise<Relay> {
  let target = first
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createServer((inside) => {
    connections++
    const outside = connect(target, '127.0.0.1')
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
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    turnTo: (port) => {
      target = port
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
