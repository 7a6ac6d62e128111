// One process at a time on this machine. The lock is a listening abstract socket (unix(7)): the kernel lets go of it
// when its owner dies, so that no stale lock can be left, and the end of their connections wakes the waiting processes.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** Runs `work` while no other process of this user runs any under the same `name`. */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  // An address has at most 107 bytes after the first, and the path of a cache may be longer.
  const address = `\0ena-otel/${process.getuid?.()}/${createHash('sha256').update(name).digest('hex')}`
  for (;;) {
    const lock = await take(address)
    if (lock !== undefined) {
      try {
        return await work()
      } finally {
        await lock[Symbol.asyncDispose]()
      }
    }
    await released(address)
  }
}

async function take(address: string): Promise<AsyncDisposable | undefined> {
  const waiting = new Set<Socket>()
  const server: Server = createServer((socket) => {
    waiting.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => waiting.delete(socket))
  })
  try {
    server.listen(address)
    await once(server, 'listening')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return undefined
    throw error
  }
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of waiting) socket.destroy()
      await closed
    },
  }
}

async function released(address: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const socket = connect(address)
  socket.on('error', () => socket.destroy()) // refused: released already
  socket.on('close', () => resolve())
  socket.resume()
  await promise
}
