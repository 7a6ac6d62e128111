// Makes a port of this machine's loopback reachable from a network namespace without a route out of it.
import { spawn } from 'node:child_process'
import type { Server } from 'node:net'
import { join } from 'node:path'

import { tcpRelay } from './relay.ts'

export interface Passage extends AsyncDisposable {
  /** What the endpoint is called in the namespace: `http://127.0.0.1:34567`. */
  readonly endpoint: string
}

/**
 * @param within makes a command one that runs in the namespace
 * @param endpoint as this machine calls it: `http://127.0.0.1:41939`
 * @param address of the namespace, to listen on
 */
export async function passage(
  within: (command: readonly string[]) => readonly string[],
  endpoint: string,
  address = '127.0.0.1',
): Promise<Passage> {
  const { protocol, hostname, port, pathname } = new URL(endpoint)
  const relay = tcpRelay(await listenWithin(within, address), () => ({ host: hostname, port: Number(port) }))
  return { ...relay, endpoint: `${protocol}//${address}:${relay.port}${pathname.replace(/\/$/, '')}` }
}

const LISTENER = join(import.meta.dirname, 'namespace-listener.ts')

/** A socket that listens in the namespace and belongs to this process. The kernel chooses its port. */
async function listenWithin(
  within: (command: readonly string[]) => readonly string[],
  address: string,
): Promise<Server> {
  const [program = '', ...args] = within([process.execPath, LISTENER, address])
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const received = Promise.withResolvers<Server>()
  child.once('error', received.reject)
  child.once('exit', (status) => received.reject(new Error(`no listener in the namespace: status ${status}`)))
  child.once('message', (_, handle) => received.resolve(handle as Server))
  try {
    return await received.promise
  } finally {
    if (child.connected) child.disconnect() // it ends with that
  }
}
