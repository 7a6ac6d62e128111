// Makes a port of this machine's loopback reachable from a network namespace without a route out of it.
import { spawn } from 'node:child_process'
import type { Server } from 'node:net'
import { join } from 'node:path'

import type { NetworkNamespace } from '../netns.ts'
import { tcpRelay } from './tcp-relay.ts'

export interface Passage extends AsyncDisposable {
  /** What the endpoint is called in the namespace: `http://127.0.0.1:34567`. */
  readonly endpoint: string
}

const LISTENER = join(import.meta.dirname, 'namespace-listener.ts')

/** @param endpoint as this machine calls it: `http://127.0.0.1:41939` */
export async function intoNamespace(namespace: NetworkNamespace, endpoint: string): Promise<Passage> {
  const { hostname, port } = new URL(endpoint)
  const relay = tcpRelay(await listenIn(namespace), () => ({ host: hostname, port: Number(port) }))
  return { ...relay, endpoint: `http://127.0.0.1:${relay.port}` }
}

async function listenIn(namespace: NetworkNamespace): Promise<Server> {
  const [program = '', ...args] = namespace.command([process.execPath, LISTENER])
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
