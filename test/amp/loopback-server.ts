// An HTTP server on the loopback that hands each request over whole, and that can go away and come back.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { KeyFiles } from '../harness/certificates.ts'

export interface WholeRequest {
  readonly method: string
  /** Path and query, as they stand in the request. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Instead of a reply: none, ever, or the end of the connection. */
export type NoReply = 'hang' | 'close'

export interface LoopbackServer extends AsyncDisposable {
  /** `http://127.0.0.1:41939`, or https. */
  readonly url: string
  /** Stops listening and closes every connection: new connections are refused. */
  readonly leave: () => Promise<void>
  /** Listens again, on the same port. Closes the connections of requests that hang. */
  readonly comeBack: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Serves on a free port, over TLS when given a key. An error of `answer` is answered with 500 and its text. */
export async function loopbackServer(
  answer: (request: WholeRequest) => Promise<Reply | NoReply>,
  tls?: KeyFiles,
): Promise<LoopbackServer> {
  /** Those whose requests have no answer yet. */
  const waiting = new Set<Socket>()
  const listener: RequestListener = (request, response) => {
    waiting.add(request.socket)
    response.once('close', () => waiting.delete(request.socket))
    void serve(request, response, answer)
  }
  const server: Server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, listener)
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const leave = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  const port = await listen(0)
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    leave,
    async comeBack() {
      // Only these: a client that was just answered may be writing its next request, which would then fail.
      for (const socket of waiting) socket.destroy()
      if (!server.listening) await listen(port)
    },
    stop: leave,
    [Symbol.asyncDispose]: leave,
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: WholeRequest) => Promise<Reply | NoReply>,
): Promise<void> {
  const reply = await whole(request)
    .then(answer)
    .catch((error: Error): Reply => ({ status: 500, body: error.stack ?? error.message }))
  if (reply === 'hang') return
  if (reply === 'close') request.socket.destroy()
  else response.writeHead(reply.status, reply.headers).end(reply.body)
}

async function whole(request: IncomingMessage): Promise<WholeRequest> {
  const { method = '', url: target = '' } = request
  const body = await buffer(request)
  return { method, target, headers: flat(request.headers), body }
}

function flat(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value].flat().join(',')]])),
  )
}
