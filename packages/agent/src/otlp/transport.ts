// The transport to the collector over the configured protocol. Replaceable by OpenTelemetry's.
import { readFileSync } from 'node:fs'
import type { SecureContextOptions } from 'node:tls'
import { gzipSync } from 'node:zlib'

import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'

import { grpcUrl, hostOf, isPlaintext, metricsUrl, redacted } from '../config/endpoint.ts'
import { parseHeader, readHeaderFile } from '../config/header.ts'
import type { Config } from '../config/options.ts'
import { VERSION } from '../version.ts'
import { doubtAddress, rememberAddress } from './addresses.ts'
import type { ConnectionOptions } from './connection.ts'
import { failureReason } from './failure.ts'
import { proxyFor } from './proxy-environment.ts'

export interface OpenTransport {
  /** Where it sends to; safe to print. */
  readonly target: string
  /** `send` never rejects, and an `error` is one line for a log. */
  readonly transport: IExporterTransport
}

/** Each is loaded when it is needed: HTTP/2 loads TLS too, which takes 7 MB. */
const PROTOCOLS: Readonly<
  Record<Config['protocol'], () => Promise<(options: ConnectionOptions) => IExporterTransport>>
> = {
  grpc: async () => (await import('./grpc.ts')).connectGrpc,
  'http/protobuf': async () => (await import('./http.ts')).connectHttp,
}

/**
 * A transport that connects when it first sends. After a failure it makes a new connection: it reads a renewed certificate, asks DNS
 * whether the collector has moved, and may reach another replica of a Service.
 *
 * @param isWholeUrl nothing is added to the endpoint's path (it is from OTEL_EXPORTER_OTLP_METRICS_ENDPOINT)
 * @throws Error with one line for a malformed proxy variable; TypeError without an endpoint
 */
export async function openTransport(options: Config, isWholeUrl = false): Promise<OpenTransport> {
  const { endpoint, protocol } = options
  if (endpoint === undefined) throw new TypeError('a transport needs an endpoint')
  const isPlain = isPlaintext(options)
  const target = protocol === 'grpc' ? grpcUrl(endpoint, isPlain) : metricsUrl(endpoint, isWholeUrl)
  const url = new URL(target.includes('://') ? target : `${isPlain ? 'http' : 'https'}://${target}`)
  const host = hostOf(endpoint)
  if (options.collectorAddress !== undefined) rememberAddress(host, options.collectorAddress)
  const connectBy = await PROTOCOLS[protocol]()
  const proxy = await proxyFor(url, process.env)
  const headers = (): Record<string, string> => headersOf(options)
  const isCompressed = options.compression === 'gzip'
  let connection: IExporterTransport | undefined // made by the first request: a certificate may appear later

  const attempt = async (data: Uint8Array, timeoutMillis: number): Promise<ExportResponse> => {
    connection ??= connectBy({ url, host, headers, isCompressed, tls: isPlain ? {} : readTls(options), proxy })
    return connection.send(isCompressed ? gzipSync(data) : data, timeoutMillis)
  }
  const disconnect = (): void => {
    connection?.shutdown()
    connection = undefined
  }
  /** A server may close a connection that was idle just as a request is sent on it. That request is sent again at once on a new one. */
  const attemptOnOpenConnection: typeof attempt = async (data, timeoutMillis) => {
    const isReused = connection !== undefined
    return attempt(data, timeoutMillis).catch((error: NodeJS.ErrnoException) => {
      if (!isReused || !isClosed(error)) throw error
      disconnect()
      return attempt(data, timeoutMillis)
    })
  }
  const send: IExporterTransport['send'] = async (data, timeoutMillis) => {
    // No answer: "the client SHOULD retry" (OTLP specification, "Failures").
    const noAnswer = (error: Error): ExportResponse => ({ status: 'retryable', error })
    const response = await attemptOnOpenConnection(data, timeoutMillis).catch(noAnswer)
    if (response.status === 'success') return response
    disconnect()
    doubtAddress(proxy?.host ?? host)
    const reason = failureReason(response.error, options) + (proxy ? ` (through the proxy ${proxy.target})` : '')
    return { ...response, error: new Error(reason, { cause: response.error }) }
  }
  return {
    target: redacted(target),
    transport: { send, shutdown: () => connection?.shutdown() },
  }
}

/** Whether the peer closed the connection. GOAWAY, a refused stream and a closed session have codes of HTTP/2. */
function isClosed({ code = '' }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('ERR_HTTP2_')
}

function headersOf({ header, headerFile }: Config): Record<string, string> {
  return {
    'user-agent': `ena-otel/${VERSION}`,
    ...Object.fromEntries(header.map(parseHeader)),
    ...(headerFile !== undefined && Object.fromEntries(readHeaderFile(headerFile))),
  }
}

function readTls({ certificate, clientCertificate, clientKey }: Config): SecureContextOptions {
  const read = (path: string | undefined): Buffer | undefined => (path === undefined ? undefined : readFileSync(path))
  return { ca: read(certificate), cert: read(clientCertificate), key: read(clientKey) }
}
