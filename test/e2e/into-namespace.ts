// Makes a port of this machine's loopback reachable from a network namespace without a route out of it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

import type { NetworkNamespace } from '../netns.ts'

export interface Passage extends AsyncDisposable {
  /** What the endpoint is called in the namespace: `http://127.0.0.1:34567`. */
  readonly endpoint: string
}

const LISTENER = join(import.meta.dirname, 'namespace-listener.ts')

/** @param endpoint as this machine calls it: `http://127.0.0.1:41939` */
export async function intoNamespace(namespace: NetworkNamespace, endpoint: string): Promise<Passage> {
  const server = await listenIn(namespace)
  const { hostname, port } = new URL(endpoint)
  const sockets = new Set<Socket>()
  server.on('connection', (inside: Socket) => {
    const outside = connect(Number(port), hostname)
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
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function listenIn(namespace: NetworkNamespace): Promise<Server> {
  const [program = '', ...args] = namespace.command([process.execPath, LISTENER])
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const received = Promise.withResolvers<Server>()
  child.once('error', received.reject)
  child.once('message', (_, handle) => received.resolve(handle as Server))
  child.once('exit', (status) => received.reject(new Error(`no listener in the namespace: status ${status}`)))
  return received.promise
}
