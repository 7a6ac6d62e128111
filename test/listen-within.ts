// A listening socket of another network namespace, in this process.
import { spawn } from 'node:child_process'
import type { Server } from 'node:net'
import { join } from 'node:path'

const LISTENER = join(import.meta.dirname, 'namespace-listener.ts')

/**
 * @param within makes a command one that runs in the namespace
 * @param address of the namespace, to listen on; the kernel chooses the port
 */
export async function listenWithin(
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
