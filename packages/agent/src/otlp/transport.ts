// The way to the collector over the configured protocol: bytes there, a reply back.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

import type { Config } from '../config/options.ts'
import { VERSION } from '../version.ts'
import { doubtAddress, rememberAddress } from './addresses.ts'
import { grpcUrl, hostOf, isPlaintext, metricsUrl } from './endpoint.ts'
import { failureReason, firstLine } from './failure.ts'
import type { Reply } from './reply.ts'

export type TransportOptions = Pick<
  Config,
  | 'endpoint'
  | 'collectorAddress'
  | 'protocol'
  | 'header'
  | 'compression'
  | 'timeout'
  | 'certificate'
  | 'clientCertificate'
  | 'clientKey'
  | 'insecure'
>

export interface Transport {
  /** Where it pushes to, as it is shown to people. */
  readonly target: string
  /** Sends one ExportMetricsServiceRequest. Never rejects: what went wrong is in the reply. */
  readonly send: (request: Buffer) => Promise<Reply>
  readonly close: () => void
}

/** One connection to the collector, made at the first request. */
export interface Connection {
  /** @throws Error when there is no answer; `code` ECONNREFUSED, ETIMEDOUT, … */
  readonly post: (body: Buffer) => Promise<Reply>
  readonly close: () => void
}

export interface ConnectionOptions {
  readonly url: URL
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
  readonly isCompressed: boolean
  readonly timeout: number
  readonly tls: Tls
}

/** What is given to TLS: certificates as they are in their files now. */
export interface Tls {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

type Connect = (options: ConnectionOptions) => Connection

/** Each is loaded when it is wanted: HTTP/2 brings TLS along, which is 7 MB. */
const PROTOCOLS: Readonly<Record<Config['protocol'], () => Promise<Connect>>> = {
  grpc: async () => (await import('./grpc.ts')).connectGrpc,
  'http/protobuf': async () => (await import('./http.ts')).connectHttp,
}

/**
 * After a failure the next request goes over a new connection: a renewed certificate is read, DNS is asked whether the collector has moved,
 * and a Service may lead to another replica.
 *
 * @param isWholeUrl nothing is to be added to the endpoint's path (it is from OTEL_EXPORTER_OTLP_METRICS_ENDPOINT)
 * @throws Error with `code`, `path` when a certificate or key can't be read; TypeError without an endpoint
 */
export async function openTransport(options: TransportOptions, isWholeUrl: boolean): Promise<Transport> {
  const { endpoint, protocol, timeout } = options
  if (endpoint === undefined) throw new TypeError('a transport needs an endpoint')
  const isPlain = isPlaintext(options)
  const target = protocol === 'grpc' ? grpcUrl(endpoint, isPlain) : metricsUrl(endpoint, isWholeUrl)
  const url = new URL(target.includes('://') ? target : `${isPlain ? 'http' : 'https'}://${target}`)
  const host = hostOf(endpoint)
  if (options.collectorAddress !== undefined) rememberAddress(host, options.collectorAddress)
  const headers = { 'user-agent': `ena-otel/${VERSION}`, ...parseHeaders(options.header) }
  const isCompressed = options.compression === 'gzip'
  const connectBy = await PROTOCOLS[protocol]()
  const connect = (): Connection =>
    connectBy({ url, host, headers, isCompressed, timeout, tls: url.protocol === 'https:' ? readTls(options) : {} })
  let connection: Connection | undefined = connect()
  const again = (): void => {
    connection?.close()
    connection = undefined
    doubtAddress(host)
  }
  return {
    target: target.replace(/\/\/[^/@]*@/, '//'), // a password is not for people
    send: async (request) => {
      try {
        connection ??= connect()
        const reply = await connection.post(isCompressed ? gzipSync(request) : request)
        if (reply.outcome === 'taken') return { ...reply, message: firstLine(reply.message) }
        again()
        return { ...reply, reason: failureReason(reply.reason, options) }
      } catch (error) {
        again()
        // No answer: "the client SHOULD retry" (OTLP specification, "Failures").
        return { outcome: 'failed', reason: failureReason(error, options), waitMs: undefined }
      }
    },
    close: () => connection?.close(),
  }
}

/** `name=value`, values percent-encoded (OTEL_EXPORTER_OTLP_HEADERS: W3C Baggage without properties). */
function parseHeaders(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=')
      return [entry.slice(0, at).trim().toLowerCase(), decodeURIComponent(entry.slice(at + 1).trim())]
    }),
  )
}

function readTls({ certificate, clientCertificate, clientKey }: TransportOptions): Tls {
  return {
    ...(certificate !== undefined && { ca: readFileSync(certificate) }),
    ...(clientCertificate !== undefined && { cert: readFileSync(clientCertificate) }),
    ...(clientKey !== undefined && { key: readFileSync(clientKey) }),
  }
}
