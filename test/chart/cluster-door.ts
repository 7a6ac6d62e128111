// A port of the cluster's node that leads to one of this machine's loopback: the only way out of the cluster's network.
import { spawn } from 'node:child_process'
import type { Server } from 'node:net'

import { ADDRESS } from '../cluster/address.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { tcpRelay } from '../e2e/tcp-relay.ts'

export interface Door extends AsyncDisposable {
  /** As pods call it: `http://10.99.0.1:34567`. */
  readonly url: string
}

/** Listens where it is run, hands the socket to the parent, and ends when that has it. */
const LISTENER = `
const server = require('net').createServer()
process.once('disconnect', () => process.exit())
server.listen(0, ${JSON.stringify(ADDRESS.node)}, () => process.send('listening', server, {}, () => server.close()))
`

/** @param url as this machine calls it: `http://127.0.0.1:41939` */
export async function doorTo(cluster: Cluster, url: string): Promise<Door> {
  const { hostname, port } = new URL(url)
  const relay = tcpRelay(await listenIn(cluster), () => ({ host: hostname, port: Number(port) }))
  return { ...relay, url: `http://${ADDRESS.node}:${relay.port}` }
}

async function listenIn(cluster: Cluster): Promise<Server> {
  const [program = '', ...args] = cluster.command([process.execPath, '-e', LISTENER])
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const received = Promise.withResolvers<Server>()
  child.once('error', received.reject)
  child.once('exit', (status) => received.reject(new Error(`no listener in the cluster: status ${status}`)))
  child.once('message', (_, handle) => received.resolve(handle as Server))
  try {
    return await received.promise
  } finally {
    if (child.connected) child.disconnect()
  }
}
