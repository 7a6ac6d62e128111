// A collector that answers as the test says, on real sockets, and keeps every request. Failures in OTLP:
// https://opentelemetry.io/docs/specs/otlp/, "Failures".
import { createServer as createHttp } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

import protobuf from 'protobufjs'

import { decodeRequest } from '../../../packages/agent/test/otlp/decode.ts'
import { listenOnLoopback } from '../../harness/loopback.ts'
import { flatPoints } from '../../harness/points.ts'
import { type Journal, journal } from '../../amp/journal.ts'

/** One answer; the default takes all. */
export interface Told {
  /** gRPC's status; OK by default. */
  readonly grpc?: number
  /** With it, RetryInfo: seconds to wait. */
  readonly retryInfo?: number
  /** HTTP's status; 200 by default. */
  readonly http?: number
  /** With it, Retry-After, as it is in the header. */
  readonly retryAfter?: string
}

export interface SentPoint {
  readonly metric: string
  readonly attributes: string
  readonly timeMs: number
  readonly value: number
}

export interface SentRequest {
  /** When all of it had come, milliseconds on a clock that never jumps. */
  readonly atMs: number
  readonly points: readonly SentPoint[]
  /** What was answered. */
  readonly told: Told
}

export interface Answers extends AsyncDisposable {
  readonly grpcEndpoint: string
  readonly httpEndpoint: string
  readonly requests: Journal<SentRequest>
}

/** @param next what the request gets that comes now: the first has number 0 */
export async function answers(next: (number: number) => Told): Promise<Answers> {
  const requests = journal<SentRequest>()
  const took = (message: Buffer): Told => {
    const told = next(requests.list().length)
    requests.add({ atMs: performance.now(), points: pointsOf(message), told })
    return told
  }
  const grpc = createHttp2().on('stream', (stream) => {
    const answered = async (): Promise<void> => {
      const body = await buffer(stream)
      const told = took(body[0] === 1 ? gunzipSync(body.subarray(5)) : body.subarray(5))
      const trailers = {
        'grpc-status': String(told.grpc ?? 0),
        'grpc-message': told.grpc === undefined ? '' : 'as told by the test',
        ...(told.retryInfo !== undefined && { 'grpc-status-details-bin': details(told.grpc ?? 0, told.retryInfo) }),
      }
      if (told.grpc !== undefined)
        return stream.respond({ 'content-type': 'application/grpc', ...trailers }, { endStream: true })
      stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.once('wantTrailers', () => stream.sendTrailers(trailers))
      stream.end(Buffer.alloc(5)) // a message without fields
    }
    answered().catch((error: Error) => stream.destroy(error))
  })
  const http = createHttp((incoming, response) => {
    const answered = async (): Promise<void> => {
      const body = await buffer(incoming)
      const told = took(incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
      if (told.retryAfter !== undefined) response.setHeader('retry-after', told.retryAfter)
      response.setHeader('content-type', 'application/x-protobuf')
      response.writeHead(told.http ?? 200).end()
    }
    answered().catch((error: Error) => response.destroy(error))
  })
  const [grpcServer, httpServer] = await Promise.all([listenOnLoopback(grpc), listenOnLoopback(http)])
  return {
    grpcEndpoint: `http://127.0.0.1:${grpcServer.port}`,
    httpEndpoint: `http://127.0.0.1:${httpServer.port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([grpcServer[Symbol.asyncDispose](), httpServer[Symbol.asyncDispose]()])
    },
  }
}

function pointsOf(message: Buffer): readonly SentPoint[] {
  return flatPoints([decodeRequest(message)]).map(({ metric, attributes, timeMs, value }) => ({
    metric,
    attributes: JSON.stringify(attributes),
    timeMs,
    value,
  }))
}

/** Of googleapis: google/rpc/status.proto, google/rpc/error_details.proto; of protobuf: any.proto, duration.proto. */
const { root } = protobuf.parse(`
syntax = "proto3";
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message Any { string type_url = 1; bytes value = 2; }
message RetryInfo { Duration retry_delay = 1; }
message Duration { int64 seconds = 1; int32 nanos = 2; }`)

function encoded(type: string, value: object): Buffer {
  const found = root.lookupType(type)
  return Buffer.from(found.encode(found.fromObject(value)).finish())
}

/** As gRPC has it: base64 without padding. */
function details(code: number, seconds: number): string {
  const retryDelay = { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) }
  const info = { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: encoded('RetryInfo', { retryDelay }) }
  return encoded('Status', { code, message: 'as told by the test', details: [info] })
    .toString('base64')
    .replaceAll('=', '')
}
