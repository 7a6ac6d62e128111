// The transport to the collector over the configured protocol. Replaceable by OpenTelemetry's.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

import type { ExportResponse, IExporterTransport } from '@opentelemetry/otlp-exporter-base'

import { grpcUrl, hostOf, isPlaintext, metricsUrl } from '../config/endpoint.ts'
import { parseHeader, readHeaderFile } from '../config/header.ts'
import type { Config } from '../config/options.ts'
import { VERSION } from '../version.ts'
import { doubtAddress, rememberAddress } from './addresses.ts'
import type { ConnectionOptions, Tls } from './connection.ts'
import { noResponse } from './export-response.ts'
import { failureReason } from './failure.ts'
import type { Proxy } from './proxy.ts'

export type TransportOptions = Pick<
  Config,
  | 'endpoint'
  | 'collectorAddress'
  | 'protocol'
  | 'header'
  | 'headerFile'
  | 'compression'
  | 'certificate'
  | 'clientCertificate'
  | 'clientKey'
  | 'insecure'
>

export interface OpenTransport {
  /** Where it sends to; safe to print. */
  readonly target: string
  /** `send` never rejects, and an `error` is one line for a log. */
  readonly transport: IExporterTransport
}

type Connect = (options: ConnectionOptions) => IExporterTransport

/** Each is loaded when it is needed: HTTP/2 loads TLS too, which takes 7 MB. */
const PROTOCOLS: Readonly<Record<Config['protocol'], () => Promise<Connect>>> = {
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
export async function openTransport(options: TransportOptions, isWholeUrl = false): Promise<OpenTransport> {
  const { endpoint, protocol } = options
  if (endpoint === undefined) throw new TypeError('a transport needs an endpoint')
  const isPlain = isPlaintext(options)
  const target = protocol === 'grpc' ? grpcUrl(endpoint, isPlain) : metricsUrl(endpoint, isWholeUrl)
  const url = new URL(target.includes('://') ? target : `${isPlain ? 'http' : 'https'}://${target}`)
  const host = hostOf(endpoint)
  if (options.collectorAddress !== undefined) rememberAddress(host, options.collectorAddress)
  const connectBy = await PROTOCOLS[protocol]()
  const proxy = isProxySet(process.env) ? await (await import('./proxy.ts')).findProxy(url) : undefined
  const headers = (): Record<string, string> => headersOf(options)
  const isCompressed = options.compression === 'gzip'
  const connect = (): IExporterTransport =>
    connectBy({ url, host, headers, isCompressed, tls: isPlain ? {} : readTls(options), proxy })
  let connection: IExporterTransport | undefined // made by the first request: a certificate may appear later

  const disconnect = (): void => {
    connection?.shutdown()
    connection = undefined
    doubtAddress(proxy?.host ?? host)
  }
  const attempt = async (data: Uint8Array, timeoutMillis: number): Promise<ExportResponse> => {
    connection ??= connect()
    return connection.send(isCompressed ? gzipSync(data) : data, timeoutMillis)
  }
  return {
    target: target.replace(/\/\/[^/@]*@/, '//'), // without a password
    transport: {
      send: async (data, timeoutMillis) => {
        const response = await attempt(data, timeoutMillis).catch(noResponse)
        if (response.status === 'success') return response
        disconnect()
        return { ...response, error: new Error(reasonOf(response.error, options, proxy), { cause: response.error }) }
      },
      shutdown: () => connection?.shutdown(),
    },
  }
}

function reasonOf(error: Error | undefined, options: TransportOptions, proxy: Proxy | undefined): string {
  const reason = failureReason(error, options)
  return proxy ? `${reason} (through the proxy ${proxy.target})` : reason
}

function isProxySet(env: NodeJS.ProcessEnv): boolean {
  return Object.entries(env).some(([name, value]) => value && /^(https?|all)_proxy$/i.test(name))
}

function headersOf({ header, headerFile }: TransportOptions): Record<string, string> {
  return {
    'user-agent': `ena-otel/${VERSION}`,
    ...Object.fromEntries(header.map(parseHeader)),
    ...(headerFile !== undefined && Object.fromEntries(readHeaderFile(headerFile))),
  }
}

function readTls({ certificate, clientCertificate, clientKey }: TransportOptions): Tls {
  return {
    ...(certificate !== undefined && { ca: readFileSync(certificate) }),
    ...(clientCertificate !== undefined && { cert: readFileSync(clientCertificate) }),
    ...(clientKey !== undefined && { key: readFileSync(clientKey) }),
  }
}
