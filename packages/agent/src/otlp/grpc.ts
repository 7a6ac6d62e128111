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

import { decodePercent } from '@ena-otel/metrics/percent-encoding'
import { lookupCached } from './addresses.ts'
import type { ConnectionOptions } from './connection.ts'
import {
  addChunk,
  grpcResponse,
  httpResponse,
  MAX_RESPONSE_BYTES,
  reasonIn,
  responseTooLong,
  retryInfo,
} from './export-response.ts'

/** opentelemetry-proto, collector/metrics/v1/metrics_service.proto. */
const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

/** A message is preceded by a byte that says whether it is compressed, and its length in four. */
const PREFIX_BYTES = 5

/** A transport over one HTTP/2 session, which is opened again when it is closed. `send` rejects when there is no answer. */
export function connectGrpc(options: ConnectionOptions): IExporterTransport {
  const { headers, isCompressed } = options
  let session: ClientHttp2Session | undefined
  /** The sessions in which the server has sent its settings, which come first. */
  const speaksHttp2 = new WeakSet<ClientHttp2Session>()
  const open = async (timeoutMillis: number): Promise<ClientHttp2Session> => {
    const opened = await openSession(options, timeoutMillis)
    return opened.once('remoteSettings', () => speaksHttp2.add(opened))
  }
  return {
    send: async (data, timeoutMillis) => {
      // Closed means that the collector wants no more requests over it (GOAWAY).
      if (!session || session.closed || session.destroyed) session = await open(timeoutMillis)
      const used = session
      // Without grpc-timeout: a collector that reaches the deadline answers with a permanent error, and that could be read before our timer ends.
      const stream = used.request({
        ...headers(),
        ':method': 'POST',
        ':path': METHOD,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-accept-encoding': 'identity,gzip',
        ...(isCompressed && { 'grpc-encoding': 'gzip' }),
      })
      const prefix = Buffer.alloc(PREFIX_BYTES)
      prefix.writeUInt8(isCompressed ? 1 : 0)
      prefix.writeUInt32BE(data.length, 1)
      stream.end(Buffer.concat([prefix, data]))
      return responseTo(stream, timeoutMillis).catch((error: NodeJS.ErrnoException) => {
        throw isAnotherProtocol(error) && !speaksHttp2.has(used) ? new Error(NO_HTTP2, { cause: error }) : error
      })
    },
    shutdown: () => session?.destroy(),
  }
}

const NO_HTTP2 = 'the server does not speak HTTP/2, which gRPC needs: it may speak HTTP/1.1 (--protocol http/protobuf)'

/** What the server sent is no HTTP/2, or its TLS accepts another protocol only. */
function isAnotherProtocol({ code = '' }: NodeJS.ErrnoException): boolean {
  return code === 'ERR_HTTP2_ERROR' || code.endsWith('ALERT_NO_APPLICATION_PROTOCOL')
}

async function openSession(options: ConnectionOptions, timeoutMillis: number): Promise<ClientHttp2Session> {
  const socket = await openSocket(options, timeoutMillis)
  const session = connect(options.url.origin, { createConnection: () => socket, settings: { enablePush: false } })
  return session.on('error', () => undefined) // each of its streams has the error too
}

async function openSocket({ url, host, tls, proxy }: ConnectionOptions, timeoutMillis: number): Promise<Socket> {
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
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

function responseTo(stream: ClientHttp2Stream, timeoutMillis: number): Promise<ExportResponse> {
  return new Promise((resolve, reject) => {
    let headers: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders | undefined
    const body: Buffer[] = []
    const end = (response: ExportResponse): void => {
      resolve(response)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    const timer = setTimeout(() => end(grpcResponse(4, 'Deadline exceeded (status 4)')), timeoutMillis)
    stream.on('response', (received) => {
      headers = received
    })
    stream.on('trailers', (received) => {
      trailers = received
    })
    stream.on('data', (chunk: Buffer) => {
      if (!addChunk(body, chunk)) end(responseTooLong())
    })
    // A stream that was cancelled with its connection has the connection's error as its cause.
    stream.on('error', (error) => reject(error.cause ?? error))
    stream.on('close', () => {
      clearTimeout(timer)
      const last = trailers ?? headers
      const isCut = stream.rstCode !== constants.NGHTTP2_NO_ERROR && Number(headers[':status'] ?? 200) === 200
      // A 200 that ends before gRPC's status says nothing about the points.
      if (isCut && last['grpc-status'] === undefined) reject(closedWithoutAnswer())
      else resolve(toExportResponse(headers, last, Buffer.concat(body)))
    })
  })
}

function closedWithoutAnswer(): Error {
  return Object.assign(new Error('the connection was closed without an answer'), { code: 'ECONNRESET' })
}

function toExportResponse(headers: IncomingHttpHeaders, trailers: IncomingHttpHeaders, body: Buffer): ExportResponse {
  const code = trailers['grpc-status']
  if (code === undefined) {
    const http = Number(headers[':status'])
    const reason = reasonIn(headers, body)
    const text = `HTTP status ${http} and no gRPC status (is it a gRPC endpoint?)`
    return httpResponse(http, reason === undefined ? text : `${text}: ${reason}`)
  }
  const status = Number(code)
  if (status === 0) {
    const message = messageOf(body)
    return message ? { status: 'success', data: message } : responseTooLong()
  }
  const details = trailers['grpc-status-details-bin']
  const wait = typeof details === 'string' ? retryInfo(Buffer.from(details, 'base64')) : undefined
  const text = String(trailers['grpc-message'] ?? '')
  // PROTOCOL-HTTP2.md: text that cannot be decoded is shown unchanged.
  return grpcResponse(status, `${decodePercent(text) ?? text} (status ${status})`.trim(), wait)
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
