// OTLP/gRPC: unary calls over HTTP/2. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { gunzipSync } from 'node:zlib'

import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'

import { lookupCached } from './addresses.ts'
import { type ConnectionOptions, portOf } from './connection.ts'
import { grpcResponse, MAX_RESPONSE_BYTES, noResponse, responseTooLong, retryInfo } from './export-response.ts'
import { decodePercent } from '../config/percent-encoding.ts'
import { createResponseBody } from './response-body.ts'

/** opentelemetry-proto, collector/metrics/v1/metrics_service.proto. */
const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

/** A message is preceded by a byte that says whether it is compressed, and its length in four. */
const PREFIX_BYTES = 5

/** A transport over one HTTP/2 session, which is opened again when it is closed. `send` never rejects. */
export function connectGrpc(options: ConnectionOptions): IExporterTransport {
  const { headers, isCompressed } = options
  let session: Session | undefined
  let isShutDown = false
  const post = async (data: Uint8Array, timeoutMillis: number): Promise<ExportResponse> => {
    // Closed means that the collector wants no more requests over it (GOAWAY).
    if (!session || session.http2.closed || session.http2.destroyed) session = await openSession(options, timeoutMillis)
    const { http2, problem } = session
    if (isShutDown) http2.destroy()
    const stream = http2.request({
      ...headers(),
      ':method': 'POST',
      ':path': METHOD,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${Math.ceil(timeoutMillis)}m`,
      'grpc-accept-encoding': 'identity,gzip',
      ...(isCompressed && { 'grpc-encoding': 'gzip' }),
    })
    stream.end(Buffer.concat([prefixOf(data, isCompressed), data]))
    return responseTo(stream, timeoutMillis, problem)
  }
  return {
    send: (data, timeoutMillis) => post(data, timeoutMillis).catch(noResponse),
    shutdown: () => {
      isShutDown = true
      session?.http2.destroy()
    },
  }
}

interface Session {
  readonly http2: ClientHttp2Session
  /** Why the connection failed. A stream only knows that it was cancelled. */
  readonly problem: () => Error | undefined
}

async function openSession(options: ConnectionOptions, timeoutMillis: number): Promise<Session> {
  let problem: Error | undefined
  const notice = (error: Error): void => {
    problem ??= error
  }
  const socket = (await openSocket(options, timeoutMillis)).on('error', notice)
  const http2 = connect(options.url.origin, { createConnection: () => socket, settings: { enablePush: false } })
  return { http2: http2.on('error', notice), problem: () => problem }
}

async function openSocket({ url, host, tls, proxy }: ConnectionOptions, timeoutMillis: number): Promise<Socket> {
  const port = portOf(url)
  const tunnel = await proxy?.connect(host, port, timeoutMillis)
  if (url.protocol === 'http:') return tunnel ?? connectTcp({ host, port, lookup: lookupCached })
  return connectTls({
    ...tls,
    host,
    port,
    lookup: lookupCached,
    ...(tunnel && { socket: tunnel }),
    ALPNProtocols: ['h2'],
    // An IP address is no server name (RFC 6066): the certificate is checked against it all the same.
    ...(isIP(host) === 0 && { servername: host }),
  })
}

function prefixOf({ length }: Uint8Array, isCompressed: boolean): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt8(isCompressed ? 1 : 0)
  prefix.writeUInt32BE(length, 1)
  return prefix
}

function responseTo(
  stream: ClientHttp2Stream,
  timeoutMillis: number,
  problem: () => Error | undefined,
): Promise<ExportResponse> {
  return new Promise((resolve, reject) => {
    let status: IncomingHttpHeaders | undefined
    let trailers: IncomingHttpHeaders | undefined
    const body = createResponseBody()
    const end = (response: ExportResponse): void => {
      resolve(response)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    const timer = setTimeout(
      () => end(grpcResponse(DEADLINE_EXCEEDED, 'Deadline exceeded (status 4)', undefined)),
      timeoutMillis,
    )
    stream.on('response', (received) => {
      status = received
    })
    stream.on('trailers', (received) => {
      trailers = received
    })
    stream.on('data', (chunk: Buffer) => {
      if (!body.add(chunk)) end(responseTooLong())
    })
    stream.on('error', (error) => reject(problem() ?? error))
    stream.on('close', () => {
      clearTimeout(timer)
      if (status && !isCut(stream, status, trailers))
        resolve(toExportResponse(status, trailers ?? status, body.bytes()))
      else reject(problem() ?? new Error('the connection was closed without an answer'))
    })
  })
}

/** Whether the stream ended before gRPC's status: nothing is known of the points. */
function isCut(
  { rstCode }: ClientHttp2Stream,
  status: IncomingHttpHeaders,
  trailers: IncomingHttpHeaders | undefined,
): boolean {
  if (rstCode === constants.NGHTTP2_NO_ERROR || Number(status[':status']) !== 200) return false
  return (trailers ?? status)['grpc-status'] === undefined
}

function toExportResponse(headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders, body: Buffer): ExportResponse {
  const code = trailers['grpc-status']
  if (code === undefined) {
    const http = Number(headers[':status'])
    const status = HTTP_TO_GRPC.get(http) ?? UNKNOWN
    return grpcResponse(
      status,
      `HTTP status ${http} and no gRPC status: is it a gRPC endpoint? (status ${status})`,
      undefined,
    )
  }
  const status = Number(code)
  if (status === 0) {
    const message = messageOf(body)
    return message ? { status: 'success', data: message } : responseTooLong()
  }
  const details = trailers['grpc-status-details-bin']
  const wait = typeof details === 'string' ? retryInfo(Buffer.from(details, 'base64')) : undefined
  return grpcResponse(status, `${messageText(String(trailers['grpc-message'] ?? ''))} (status ${status})`.trim(), wait)
}

/**
 * The first message of a stream. Bytes that are not a message, or not compressed as announced, are returned unchanged. `undefined` when it
 * is too long unpacked.
 */
function messageOf(stream: Buffer): Buffer | undefined {
  if (stream.length < PREFIX_BYTES) return Buffer.alloc(0)
  const message = stream.subarray(PREFIX_BYTES, PREFIX_BYTES + stream.readUInt32BE(1))
  if (stream[0] !== 1) return message
  try {
    return gunzipSync(message, { maxOutputLength: MAX_RESPONSE_BYTES })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? undefined : message
  }
}

const UNKNOWN = 2
const DEADLINE_EXCEEDED = 4
/** https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md: INTERNAL, UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED, UNAVAILABLE. */
const HTTP_TO_GRPC: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
])

/** PROTOCOL-HTTP2.md: text that cannot be decoded is shown unchanged. */
function messageText(encoded: string): string {
  return decodePercent(encoded) ?? encoded
}
