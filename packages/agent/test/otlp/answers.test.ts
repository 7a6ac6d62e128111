// Answers that a collector doesn't give, but a proxy or another server may. For gRPC, the server is bare HTTP/2.
import { createServer as createHttpServer } from 'node:http'
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'

import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'
import { expect, test } from 'vitest'

import { listen } from './collector.ts'
import { push } from './open-transport.ts'

const HEAD = { ':status': 200, 'content-type': 'application/grpc' }

/** The response to a request over gRPC, from a server that answers like this. */
async function responseOf(answer: (stream: ServerHttp2Stream) => void): Promise<ExportResponse> {
  const server = createServer()
  server.on('stream', (stream) => {
    stream.on('error', () => undefined) // expected: the tests end streams
    stream.resume().once('end', () => answer(stream))
  })
  return push({ endpoint: `http://127.0.0.1:${await listen(server)}` })
}

/** Answers with gRPC's status OK and a message. */
function answerOk(stream: ServerHttp2Stream, flag: 0 | 1, message: Buffer): void {
  const prefix = Buffer.of(flag, 0, 0, 0, 0)
  prefix.writeUInt32BE(message.length, 1)
  stream.respond(HEAD, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.end(Buffer.concat([prefix, message]))
}

// ExportMetricsServiceResponse { partial_success { rejected_data_points: 5, error_message: "bad" } }
const PARTIAL = Buffer.from('0a0708051203626164', 'hex')

const TOO_LONG = { status: 'failure', error: new Error('the answer is longer than 4MiB: is it a collector?') }

/** Writes until the client closes the stream. */
function writeOn(stream: Writable): void {
  stream.write(Buffer.alloc(2 ** 20), (error) => {
    if (!error) writeOn(stream)
  })
}

test('over gRPC a compressed answer is read', async () => {
  const response = await responseOf((stream) => answerOk(stream, 1, gzipSync(PARTIAL)))
  expect(response).toEqual({ status: 'success', data: PARTIAL })
})

test('over gRPC an answer that is marked as compressed and is not is passed on unchanged', async () => {
  const response = await responseOf((stream) => answerOk(stream, 1, Buffer.from('no gzip')))
  expect(response).toEqual({ status: 'success', data: Buffer.from('no gzip') })
})

test.each<[how: string, cut: (stream: ServerHttp2Stream) => void]>([
  ['the connection is closed', (stream) => stream.session?.destroy()],
  ['the connection breaks', (stream) => stream.session?.socket.resetAndDestroy()],
])('over gRPC the request is retryable when %s between the headers of an answer and its status', async (_how, cut) => {
  const response = await responseOf((stream) => {
    stream.respond(HEAD)
    stream.write(Buffer.alloc(5), () => setImmediate(cut, stream))
  })
  expect(response).toMatchObject({ status: 'retryable' })
})

test('over gRPC a complete answer without a status is a failure', async () => {
  const response = await responseOf((stream) => stream.respond(HEAD, { endStream: true }))
  expect(response).toMatchObject({ status: 'failure' })
})

test('over gRPC an endless answer is a failure', async () => {
  const response = await responseOf((stream) => {
    stream.respond(HEAD)
    writeOn(stream)
  })
  expect(response).toEqual(TOO_LONG)
})

test('over gRPC an answer that is too long unpacked is a failure', async () => {
  const bomb = gzipSync(Buffer.concat([Buffer.of(10, 255, 255, 255, 15), Buffer.alloc(64 * 2 ** 20)])) // one field
  expect(await responseOf((stream) => answerOk(stream, 1, bomb))).toEqual(TOO_LONG)
})

test('over HTTP an endless answer is a failure', async () => {
  const server = createHttpServer((request, response) => {
    request.resume().once('end', () => writeOn(response))
  })
  const endpoint = `http://127.0.0.1:${await listen(server)}`
  expect(await push({ protocol: 'http/protobuf', endpoint })).toEqual(TOO_LONG)
})
