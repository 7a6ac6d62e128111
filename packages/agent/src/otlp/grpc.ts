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

import { lookupKnown } from './addresses.ts'
import { grpcReply, MOST_REPLY_BYTES, type Reply, retryInfo, takenReply, TOO_LONG } from './reply.ts'
import type { Connection, ConnectionOptions } from './transport.ts'

/** opentelemetry-proto, collector/metrics/v1/metrics_service.proto. */
const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

/** A message is preceded by a byte that says whether it is compressed, and its length in four. */
const PREFIX_BYTES = 5

export function connectGrpc(options: ConnectionOptions): Connection {
  const { url, headers, isCompressed, timeout } = options
  let session: ClientHttp2Session | undefined
  let problem: Error | undefined

  const open = (): ClientHttp2Session => {
    problem = undefined
    // What is under way hears of it as well, but only that it was cancelled.
    const notice = (error: Error): void => {
      problem ??= error
    }
    const socket = openSocket(options).on('error', notice)
    return connect(url.origin, { createConnection: () => socket, settings: { enablePush: false } }).on('error', notice)
  }

  const request = (stream: ClientHttp2Stream, body: Buffer): Promise<Reply> =>
    new Promise((resolve, reject) => {
      let status: IncomingHttpHeaders | undefined
      let trailers: IncomingHttpHeaders | undefined
      const chunks: Buffer[] = []
      let length = 0
      const timer = setTimeout(() => {
        resolve(grpcReply(DEADLINE_EXCEEDED, 'Deadline exceeded (status 4)', undefined))
        stream.close(constants.NGHTTP2_CANCEL)
      }, timeout)
      stream.on('response', (received) => {
        status = received
      })
      stream.on('trailers', (received) => {
        trailers = received
      })
      stream.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length <= MOST_REPLY_BYTES) return void chunks.push(chunk)
        resolve(TOO_LONG)
        stream.close(constants.NGHTTP2_CANCEL)
      })
      stream.on('error', (error) => reject(problem ?? error))
      stream.on('close', () => {
        clearTimeout(timer)
        // Cut off before the status of gRPC: nobody has said what became of the points.
        const isCut =
          stream.rstCode !== constants.NGHTTP2_NO_ERROR &&
          Number(status?.[':status']) === 200 &&
          (trailers ?? status)?.['grpc-status'] === undefined
        if (status && !isCut) resolve(toReply(status, trailers ?? status, Buffer.concat(chunks)))
        else reject(problem ?? new Error('the connection was closed without an answer'))
      })
      const prefix = Buffer.alloc(PREFIX_BYTES)
      prefix.writeUInt8(isCompressed ? 1 : 0)
      prefix.writeUInt32BE(body.length, 1)
      stream.end(Buffer.concat([prefix, body]))
    })

  return {
    post: (body) => {
      // Closed means that the collector wants no more requests over it (GOAWAY).
      if (!session || session.closed || session.destroyed) session = open()
      const stream = session.request({
        ...headers,
        ':method': 'POST',
        ':path': METHOD,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${timeout}m`,
        'grpc-accept-encoding': 'identity,gzip',
        ...(isCompressed && { 'grpc-encoding': 'gzip' }),
      })
      return request(stream, body)
    },
    close: () => session?.destroy(),
  }
}

/** An IP address is no server name (RFC 6066): the certificate is checked against it all the same. */
function openSocket({ url, host, tls }: ConnectionOptions): Socket {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  if (url.protocol === 'http:') return connectTcp({ host, port, lookup: lookupKnown })
  return connectTls({
    ...tls,
    host,
    port,
    lookup: lookupKnown,
    ALPNProtocols: ['h2'],
    ...(isIP(host) === 0 && { servername: host }),
  })
}

function toReply(headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders, body: Buffer): Reply {
  const code = trailers['grpc-status']
  if (code === undefined) {
    const http = Number(headers[':status'])
    const status = HTTP_TO_GRPC.get(http) ?? UNKNOWN
    return grpcReply(
      status,
      `HTTP status ${http} and no gRPC status: is it a gRPC endpoint? (status ${status})`,
      undefined,
    )
  }
  const status = Number(code)
  if (status === 0) {
    const message = messageOf(body)
    return message ? takenReply(message) : TOO_LONG
  }
  const details = trailers['grpc-status-details-bin']
  const wait = typeof details === 'string' ? retryInfo(Buffer.from(details, 'base64')) : undefined
  return grpcReply(status, `${percentDecoded(String(trailers['grpc-message'] ?? ''))} (status ${status})`.trim(), wait)
}

/**
 * The first message of a stream, whole; what is no message, or isn't compressed as it says, is returned as it came. `undefined` when it
 * is too long unpacked.
 */
function messageOf(stream: Buffer): Buffer | undefined {
  if (stream.length < PREFIX_BYTES) return Buffer.alloc(0)
  const message = stream.subarray(PREFIX_BYTES, PREFIX_BYTES + stream.readUInt32BE(1))
  if (stream[0] !== 1) return message
  try {
    return gunzipSync(message, { maxOutputLength: MOST_REPLY_BYTES })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? undefined : message
  }
}

/** PROTOCOL-HTTP2.md: what can't be decoded is to be shown as it is. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
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
