// A collector that answers as it is told: what OTLP says of failures, on real sockets. What it was sent, it keeps.
// https://opentelemetry.io/docs/specs/otlp/, "Failures", "Partial Success".
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttp2 } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

import protobuf from 'protobufjs'

import { type Journal, journal } from '../amp/journal.ts'

/** One answer; the default takes all. */
export interface Told {
  /** gRPC's status; OK by default. */
  readonly grpc?: number
  /** With it, RetryInfo: seconds to wait. */
  readonly retryInfo?: number
  /** HTTP's status; 200 by default. */
  readonly http?: number
  /** With it, Retry-After, as it is in the header. */
  readonly retryAfter?: () => string
  /** Partial success: how many points are refused. */
  readonly rejects?: number
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
      const message = responded(told)
      const prefix = Buffer.alloc(5)
      prefix.writeUInt32BE(message.length, 1)
      stream.end(Buffer.concat([prefix, message]))
    }
    answered().catch((error: Error) => stream.destroy(error))
  })
  const http = createHttp((incoming, response) => {
    const answered = async (): Promise<void> => {
      const body = await buffer(incoming)
      const told = took(incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
      if (told.retryAfter) response.setHeader('retry-after', told.retryAfter())
      response.setHeader('content-type', 'application/x-protobuf')
      response.writeHead(told.http ?? 200).end(told.http === undefined ? responded(told) : undefined)
    }
    answered().catch((error: Error) => response.destroy(error))
  })
  const sockets = new Set<Socket>()
  const [grpcPort, httpPort] = await Promise.all([grpc, http].map((server) => listen(server, sockets)))
  return {
    grpcEndpoint: `http://127.0.0.1:${grpcPort}`,
    httpEndpoint: `http://127.0.0.1:${httpPort}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      const closed = [grpc, http].map((server) => once(server, 'close'))
      for (const server of [grpc, http]) server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
}

async function listen(server: Server, sockets: Set<Socket>): Promise<number> {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/**
 * Of opentelemetry-proto: collector/metrics/v1/metrics_service.proto, metrics/v1/metrics.proto and common/v1/common.proto, as far as
 * agents use them. Of googleapis: google/rpc/status.proto, google/rpc/error_details.proto; of protobuf: any.proto, duration.proto.
 */
const { root } = protobuf.parse(`
syntax = "proto3";
message ExportMetricsServiceRequest { repeated ResourceMetrics resource_metrics = 1; }
message ResourceMetrics { repeated ScopeMetrics scope_metrics = 2; }
message ScopeMetrics { repeated Metric metrics = 2; }
message Metric { string name = 1; Gauge gauge = 5; Sum sum = 7; }
message Gauge { repeated NumberDataPoint data_points = 1; }
message Sum { repeated NumberDataPoint data_points = 1; }
message NumberDataPoint {
  repeated KeyValue attributes = 7; fixed64 time_unix_nano = 3; double as_double = 4; sfixed64 as_int = 6;
}
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { string string_value = 1; }
message ExportMetricsServiceResponse { ExportMetricsPartialSuccess partial_success = 1; }
message ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message Any { string type_url = 1; bytes value = 2; }
message RetryInfo { Duration retry_delay = 1; }
message Duration { int64 seconds = 1; int32 nanos = 2; }`)

interface Decoded {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string
        readonly gauge?: { readonly dataPoints: readonly DecodedPoint[] }
        readonly sum?: { readonly dataPoints: readonly DecodedPoint[] }
      }[]
    }[]
  }[]
}

interface DecodedPoint {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[]
  readonly timeUnixNano: string
  readonly asDouble?: number
  readonly asInt?: string
}

function pointsOf(message: Buffer): readonly SentPoint[] {
  const type = root.lookupType('ExportMetricsServiceRequest')
  const { resourceMetrics } = type.toObject(type.decode(message), { longs: String, arrays: true }) as Decoded
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ name, gauge, sum }) =>
        (sum ?? gauge)!.dataPoints.map(({ attributes, timeUnixNano, asDouble, asInt }) => ({
          metric: name,
          attributes: JSON.stringify(attributes.map(({ key, value }) => [key, value.stringValue])),
          timeMs: Number(BigInt(timeUnixNano) / 1_000_000n),
          value: Number(asInt ?? asDouble ?? 0),
        })),
      ),
    ),
  )
}

function encoded(type: string, value: object): Buffer {
  const found = root.lookupType(type)
  return Buffer.from(found.encode(found.fromObject(value)).finish())
}

function responded({ rejects }: Told): Buffer {
  const partialSuccess = { rejectedDataPoints: rejects, errorMessage: 'as told by the test' }
  return encoded('ExportMetricsServiceResponse', rejects === undefined ? {} : { partialSuccess })
}

/** As gRPC has it: base64 without padding. */
function details(code: number, seconds: number): string {
  const retryDelay = { seconds: Math.floor(seconds), nanos: Math.round((seconds % 1) * 1e9) }
  const info = { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: encoded('RetryInfo', { retryDelay }) }
  return encoded('Status', { code, message: 'as told by the test', details: [info] })
    .toString('base64')
    .replaceAll('=', '')
}
