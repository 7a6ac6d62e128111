// Answers that no collector gives, but what stands before one may: the far end of gRPC is bare HTTP/2.
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'

import { expect, onTestFinished, test } from 'vitest'

import { openTransport, type Transport } from '../../src/otlp/transport.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

const HEAD = { ':status': 200, 'content-type': 'application/grpc' }

/** The way to a gRPC server that does this when a request is there. */
async function toServer(answer: (stream: ServerHttp2Stream) => void): Promise<Transport> {
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream) => {
    stream.on('error', () => undefined) // its end is what a test is about
    stream.resume().once('end', () => answer(stream))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = await openTransport(transportOptions({ endpoint, timeout: 5_000 }), false)
  onTestFinished(() => {
    transport.close()
    for (const session of sessions) session.destroy()
    server.close()
  })
  return transport
}

/** Says that all went well, with a message. */
function answerOk(stream: ServerHttp2Stream, flag: 0 | 1, message: Buffer): void {
  const prefix = Buffer.of(flag, 0, 0, 0, 0)
  prefix.writeUInt32BE(message.length, 1)
  stream.respond(HEAD, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.concat([prefix, message]))
}

// ExportMetricsServiceResponse { partial_success { rejected_data_points: 5, error_message: "bad" } }
const PARTIAL = Buffer.from('0a0708051203626164', 'hex')

const TOO_LONG = 'the answer is longer than 4MiB: is it a collector?'

/** Goes on writing until the other end has enough. */
function writeOn(stream: Writable): void {
  stream.write(Buffer.alloc(2 ** 20), (error) => {
    if (!error) writeOn(stream)
  })
}

test('over gRPC a compressed answer is read', async () => {
  const transport = await toServer((stream) => answerOk(stream, 1, gzipSync(PARTIAL)))
  expect(await transport.send(oneRequest())).toEqual({ outcome: 'taken', rejected: 5, message: 'bad' })
})

test('over gRPC an answer that says it is compressed and is not leaves the points taken, and is a warning', async () => {
  const transport = await toServer((stream) => answerOk(stream, 1, Buffer.from('no gzip')))
  const message = 'its answer is not OTLP: is it a collector?'
  expect(await transport.send(oneRequest())).toEqual({ outcome: 'taken', rejected: 0, message })
})

test.each<[how: string, cut: (stream: ServerHttp2Stream) => void]>([
  ['the connection is closed', (stream) => stream.session?.destroy()],
  ['the connection breaks', (stream) => stream.session?.socket.resetAndDestroy()],
])('over gRPC the points go again where %s between the head of an answer and its status', async (_how, cut) => {
  const transport = await toServer((stream) => {
    stream.respond(HEAD)
    stream.write(Buffer.alloc(5), () => setImmediate(cut, stream))
  })
  expect(await transport.send(oneRequest())).toMatchObject({ outcome: 'failed' })
})

test('over gRPC an answer that is whole and has no status is a refusal', async () => {
  const transport = await toServer((stream) => stream.respond(HEAD, { endStream: true }))
  expect(await transport.send(oneRequest())).toMatchObject({ outcome: 'refused' })
})

test('over gRPC an answer without an end is not kept in memory, and its points are not sent again', async () => {
  const transport = await toServer((stream) => {
    stream.respond(HEAD)
    writeOn(stream)
  })
  expect(await transport.send(oneRequest())).toEqual({ outcome: 'refused', reason: TOO_LONG })
})

test('over gRPC an answer that is small until it is unpacked is not unpacked', async () => {
  const bomb = gzipSync(Buffer.concat([Buffer.of(10, 255, 255, 255, 15), Buffer.alloc(64 * 2 ** 20)])) // one field
  const transport = await toServer((stream) => answerOk(stream, 1, bomb))
  expect(await transport.send(oneRequest())).toEqual({ outcome: 'refused', reason: TOO_LONG })
})

test('over HTTP an answer without an end is not kept in memory, and its points are not sent again', async () => {
  const server = createHttpServer((request, response) => {
    request.resume().once('end', () => writeOn(response))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = await openTransport(
    transportOptions({ protocol: 'http/protobuf', endpoint, timeout: 5_000 }),
    false,
  )
  onTestFinished(() => {
    transport.close()
    server.closeAllConnections()
    server.close()
  })
  expect(await transport.send(oneRequest())).toEqual({ outcome: 'refused', reason: TOO_LONG })
})
