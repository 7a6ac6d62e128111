// Plays each server of the table over loopback sockets, against the transport that the agent uses.
import { createServer as createHttp2Server } from 'node:http2'
import { createServer } from 'node:net'

import { describe, expect, test } from 'vitest'

import type { Config } from '../../packages/agent/src/config/options.ts'
import { listen } from '../../packages/agent/test/otlp/collector.ts'
import { push } from '../../packages/agent/test/otlp/open-transport.ts'
import { GRPC_SERVERS, HTTP_SERVERS, type Http2Server, OTHER_SERVERS, type RawServer } from './servers.ts'

/** Long enough for an answer on the loopback. A server that stalls costs the test this time. */
const TIMEOUT_MS = 2_000

async function sendTo(protocol: Config['protocol'], port: number): Promise<unknown[]> {
  const response = await push({ protocol, endpoint: `http://127.0.0.1:${port}` }, TIMEOUT_MS)
  return [response.status, 'error' in response ? response.error?.message : undefined]
}

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
    expect(await sendTo('http/protobuf', await playRaw(row))).toEqual([row.status, row.says])
  })
})

describe('a server of HTTP/2 that, over gRPC,', () => {
  test.each(GRPC_SERVERS)('$title', async (row) => {
    expect(await sendTo('grpc', await playHttp2(row))).toEqual([row.status, row.says])
  })
})

describe('on a port of gRPC, a server of', () => {
  test.each(OTHER_SERVERS)('$title', async (row) => {
    expect(await sendTo('grpc', await playRaw(row))).toEqual([row.status, row.says])
  })
})
