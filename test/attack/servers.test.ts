// Plays each server of the table over loopback sockets, against the transport that the agent uses.
import { createServer as createHttpServer } from 'node:http'
import { constants, createServer as createHttp2Server } from 'node:http2'
import { createServer, type Socket } from 'node:net'

import { describe, expect, test } from 'vitest'

import type { Config } from '../../packages/agent/src/config/options.ts'
import { isTooLarge } from '../../packages/agent/src/otlp/export-response.ts'
import { open as openExporter } from '../../packages/agent/test/export/open-exporter.ts'
import { listen } from '../../packages/agent/test/otlp/collector.ts'
import { oneRequest } from '../../packages/agent/test/otlp/metrics.ts'
import { open, push } from '../../packages/agent/test/otlp/open-transport.ts'
import {
  CLOSING_SERVERS,
  type ClosingServer,
  GRPC_SERVERS,
  HTTP_SERVERS,
  type Http2Server,
  OTHER_SERVERS,
  type RawServer,
} from './servers.ts'

/** Long enough for an answer on the loopback. A server that stalls costs the test this time. */
const TIMEOUT_MS = 2_000

async function sendTo(protocol: Config['protocol'], port: number): Promise<unknown[]> {
  const response = await push({ protocol, endpoint: `http://127.0.0.1:${port}` }, TIMEOUT_MS)
  return [response.status, 'error' in response ? response.error?.message : undefined, isTooLarge(response)]
}

const wanted = ({ status, says, isTooLarge: forSize }: RawServer | Http2Server): unknown[] => [
  status,
  says,
  forSize === true,
]

function playRaw({ sends, ends }: RawServer): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined) // the client may be gone
    socket.once('data', () => {
      socket.write(sends, () => {
        if (ends === 'close') socket.end()
        if (ends === 'reset') setTimeout(() => socket.resetAndDestroy(), 50) // the client reads first
      })
    })
    socket.resume()
  })
  return listen(server)
}

function playHttp2({ headers, body = '', trailers }: Http2Server): Promise<number> {
  const server = createHttp2Server()
  server.on('stream', (stream) => {
    stream.on('error', () => undefined) // the client may be gone
    stream.resume().once('end', () => {
      stream.respond(headers, { waitForTrailers: trailers !== undefined })
      if (trailers) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
      stream.end(body)
    })
  })
  return listen(server)
}

describe('a server of HTTP/1.1 that', () => {
  test.each(HTTP_SERVERS)('$title', async (row) => {
    expect(await sendTo('http/protobuf', await playRaw(row))).toEqual(wanted(row))
  })
})

describe('a server of HTTP/2 that, over gRPC,', () => {
  test.each(GRPC_SERVERS)('$title', async (row) => {
    expect(await sendTo('grpc', await playHttp2(row))).toEqual(wanted(row))
  })
})

describe('on a port of gRPC, a server of', () => {
  test.each(OTHER_SERVERS)('$title', async (row) => {
    expect(await sendTo('grpc', await playRaw(row))).toEqual(wanted(row))
  })
})

/** How many points each request has that an exporter sends to a server that refuses all requests for their size, and its log. */
async function sizesSentTo(protocol: Config['protocol'], port: number): Promise<unknown[]> {
  const transport = await open({ protocol, endpoint: `http://127.0.0.1:${port}` })
  const sizes: number[] = []
  const { exporter, add, lines } = openExporter([], {
    transport,
    serializer: {
      serializeRequest: ({ scopeMetrics }) => {
        sizes.push(scopeMetrics[0]!.metrics[0]!.dataPoints.length)
        return oneRequest()
      },
      deserializeResponse: () => ({}),
    },
  })
  await add(...Array.from({ length: 64 }, (_, i) => i))
  await exporter.forceFlush()
  const { rejectedPoints, queue } = exporter.statistics()
  return [sizes, rejectedPoints, queue.points, lines.map((line) => line.split(' (')[0])]
}

/** One point is lost. The others wait, because the server may refuse them too. */
const DIVIDED = [
  [64, 32, 16, 8, 4, 2, 1],
  1,
  63,
  [
    "collector request size: 64 points exceed the receiver's limit",
    "collector point size: 1 point exceeds the receiver's limit",
  ],
]

describe('a server that refuses each request for its size gets ever smaller ones, and no request for each point', () => {
  test.each(HTTP_SERVERS.filter((row) => row.isTooLarge))('HTTP: $title', async (row) => {
    expect(await sizesSentTo('http/protobuf', await playRaw(row))).toEqual(DIVIDED)
  })

  test.each(GRPC_SERVERS.filter((row) => row.isTooLarge))('gRPC: $title', async (row) => {
    expect(await sizesSentTo('grpc', await playHttp2(row))).toEqual(DIVIDED)
  })
})

function end(socket: Socket | undefined, ends: ClosingServer['ends']): void {
  if (ends === 'reset') socket?.resetAndDestroy()
  else socket?.destroy()
}

function playClosingHttp(ends: ClosingServer['ends']): Promise<number> {
  const answered = new WeakSet<Socket>()
  const server = createHttpServer((request, response) => {
    if (answered.has(request.socket)) return end(request.socket, ends)
    answered.add(request.socket)
    request.resume().once('end', () => response.writeHead(200).end())
  })
  return listen(server)
}

function playClosingGrpc(ends: ClosingServer['ends']): Promise<number> {
  const server = createHttp2Server()
  server.on('session', (session) => {
    let streams = 0
    session.on('error', () => undefined) // the client may be gone
    session.on('stream', (stream) => {
      stream.on('error', () => undefined)
      if (++streams > 1) {
        // The first stream is the last one that was processed.
        if (ends === 'goaway') session.goaway(constants.NGHTTP2_NO_ERROR, 1)
        if (ends === 'refuse') return stream.close(constants.NGHTTP2_REFUSED_STREAM)
        return ends === 'reset' ? session.socket.resetAndDestroy() : session.destroy()
      }
      stream.resume().once('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true })
      })
    })
  })
  return listen(server)
}

describe('a request is sent again at once on a new connection when the old one is ended by a server of', () => {
  test.each(CLOSING_SERVERS)('$title', async ({ protocol, ends }) => {
    const port = await (protocol === 'grpc' ? playClosingGrpc : playClosingHttp)(ends)
    const transport = await open({ protocol, endpoint: `http://127.0.0.1:${port}` })
    for (let i = 0; i < 4; i++)
      expect(await transport.send(oneRequest(), TIMEOUT_MS)).toMatchObject({ status: 'success' })
  })
})
