// Plays many nodes to a collector: each pushes over a connection of its own, or each is scraped, every 15 s, evenly spread.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { gzipSync } from 'node:zlib'

import { type Answer, CAPTURED_NODE } from './capture.ts'

const INTERVAL_MS = 15_000

export interface Pushes extends Disposable {
  /** Requests that the collector took, and that it didn't. */
  readonly counts: { taken: number; failed: number }
}

/** Pushes the requests in turn, each node under its own name. @param port of OTLP over gRPC on the loopback */
export function pushes(port: number, nodes: number, requests: readonly Buffer[]): Pushes {
  const counts = { taken: 0, failed: 0 }
  const sessions: ClientHttp2Session[] = []
  const timers: NodeJS.Timeout[] = []
  const push = (node: number, turn: number): void => {
    const session = (sessions[node] ??= connect(`http://127.0.0.1:${port}`))
    timers[node] = setTimeout(push, INTERVAL_MS, node, turn + 1)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      'content-type': 'application/grpc',
      'grpc-encoding': 'gzip',
      te: 'trailers',
    })
    stream.once('trailers', ({ 'grpc-status': status }) => {
      if (status === '0') counts.taken++
      else counts.failed++
    })
    stream.once('error', () => counts.failed++)
    stream.resume()
    stream.end(grpcMessage(named(requests[turn % requests.length]!, node)))
  }
  for (let node = 0; node < nodes; node++) timers[node] = setTimeout(push, (node / nodes) * INTERVAL_MS, node, node)
  return {
    counts,
    [Symbol.dispose]: () => {
      for (const timer of timers) clearTimeout(timer)
      for (const session of sessions) session.destroy()
    },
  }
}

/** The request as another node sends it: a name of the same length leaves protobuf's lengths as they are. */
function named(request: Buffer, node: number): Buffer {
  const name = `node-${String(node).padStart(4, '0')}`
  return Buffer.from(request.toString('latin1').replaceAll(CAPTURED_NODE, name), 'latin1')
}

/** gRPC's frame: compressed or not, length, message. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
function grpcMessage(message: Buffer): Buffer {
  const body = gzipSync(message)
  const head = Buffer.alloc(5)
  head.writeUInt8(1)
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

export interface Targets extends AsyncDisposable {
  /** Addresses of the loopback with a port, one a node. */
  readonly addresses: readonly string[]
  readonly counts: { scrapes: number }
}

/** Answers scrapes with these, one after the other, compressed as node_exporter does where that is accepted. */
export async function targets(nodes: number, answers: readonly Answer[]): Promise<Targets> {
  const compressed = answers.map(({ contentType, text }) => ({ contentType, body: gzipSync(text) }))
  const counts = { scrapes: 0 }
  const server = createServer((request, response) => {
    if (!String(request.headers['accept-encoding']).includes('gzip')) throw new Error('a scrape without gzip')
    const { contentType, body } = compressed[Math.floor(counts.scrapes++ / nodes) % compressed.length]!
    response.writeHead(200, { 'content-type': contentType, 'content-encoding': 'gzip' }).end(body)
  })
  server.keepAliveTimeout = 2 * INTERVAL_MS // a scraper keeps its connection
  await once(server.listen(0), 'listening')
  const { port } = server.address() as { port: number }
  return {
    counts,
    // All of 127.0.0.0/8 is the loopback.
    addresses: Array.from({ length: nodes }, (_, i) => `127.1.${i >> 8}.${i & 255}:${port}`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}
