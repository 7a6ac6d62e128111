// A gate before a collector that lets in who brings the bearer token, over TLS: what the collector's extension
// bearertokenauth does, which is not in the tests' build. Tells in the collector's manner who was not let in.
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:https'

import type { KeyFiles } from '../../harness/certificates.ts'
import { listenOnLoopback } from '../../harness/loopback.ts'
import type { Door } from './edge-collector.ts'

export interface TokenGate extends AsyncDisposable {
  readonly door: Door
  /** The content encodings of what came, let in or not. */
  readonly encodings: () => ReadonlySet<string>
}

/** @param behind where the collector takes OTLP in plain text */
export async function tokenGate(token: string, { certFile, keyFile }: KeyFiles, behind: Door): Promise<TokenGate> {
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  const encodings = new Set<string>()
  const isLetIn = ({ authorization }: IncomingHttpHeaders): boolean => authorization === `Bearer ${token}`
  const session = connect(`http://127.0.0.1:${behind.grpc}`)

  const grpc = createSecureServer(tls).on('stream', (stream, headers) => {
    encodings.add(String(headers['grpc-encoding']))
    if (isLetIn(headers)) return handOn(stream, session.request(headers))
    stream.respond(
      { 'content-type': 'application/grpc', 'grpc-status': '16', 'grpc-message': 'authentication didn%27t succeed' },
      { endStream: true },
    )
  })
  const http = createServer(tls, (incoming, response) => {
    encodings.add(String(incoming.headers['content-encoding']))
    if (!isLetIn(incoming.headers)) return void response.writeHead(401).end('authentication didn’t succeed')
    const { method, url: path, headers } = incoming
    const outgoing = request({ host: '127.0.0.1', port: behind.http, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    outgoing.once('error', (error) => response.destroy(error))
    incoming.pipe(outgoing)
  })
  const [grpcServer, httpServer] = await Promise.all([listenOnLoopback(grpc), listenOnLoopback(http)])
  return {
    door: { grpc: grpcServer.port, http: httpServer.port },
    encodings: () => encodings,
    [Symbol.asyncDispose]: async () => {
      session.destroy()
      await Promise.all([grpcServer[Symbol.asyncDispose](), httpServer[Symbol.asyncDispose]()])
    },
  }
}

/** gRPC's status is in the trailers. */
function handOn(stream: ServerHttp2Stream, upstream: ReturnType<ReturnType<typeof connect>['request']>): void {
  let trailers: IncomingHttpHeaders = {}
  upstream.on('response', (headers) => stream.respond(headers, { waitForTrailers: true }))
  upstream.on('trailers', (received) => (trailers = received))
  upstream.once('error', () => stream.close())
  stream.once('error', () => upstream.close())
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.pipe(upstream).pipe(stream)
}
