// OpenTelemetry's exporter for the configured protocol, and what has to be closed with it. TLS and headers are ours to set.
import { readFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'

import { credentials, Metadata } from '@grpc/grpc-js'
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as HttpExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics'

import type { Config } from '../config/options.ts'
import { lookupKnown, resolveForGrpc } from './addresses.ts'
import { isPlaintext } from './endpoint.ts'
import { secureCredentials } from './secure-credentials.ts'

export type ConnectionOptions = Pick<
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

export interface Connection {
  readonly exporter: PushMetricExporter
  /** Waits for what is under way. */
  readonly close: () => Promise<void>
}

/**
 * A connection to `target` with the certificates as they are in their files now.
 *
 * @throws Error with `code`, `path` when a certificate or key can't be read
 */
export function connect(options: ConnectionOptions, target: string): Connection {
  const common = {
    timeoutMillis: options.timeout,
    compression: options.compression === 'gzip' ? CompressionAlgorithm.GZIP : CompressionAlgorithm.NONE,
    // The exporter's result is awaited before the next push.
    concurrencyLimit: 2,
  }
  const headers = parseHeaders(options.header)
  const tls = {
    ca: readPem(options.certificate),
    cert: readPem(options.clientCertificate),
    key: readPem(options.clientKey),
  }
  if (options.protocol === 'grpc') {
    resolveForGrpc()
    const exporter = withoutEnvironment(
      () =>
        new GrpcExporter({
          ...common,
          // Only its host and port are used, and URL drops the port that is its scheme's: 443 is gRPC's as well, 80 is not.
          url: target.replace(/^http:/i, 'https:'),
          metadata: toMetadata(headers),
          credentials: isPlaintext(options) ? credentials.createInsecure() : secureCredentials(target, tls),
        }),
    )
    return { exporter, close: () => exporter.shutdown() }
  }
  // Ours, because an exporter that is shut down leaves its idle connections open.
  const agent = target.startsWith('https:')
    ? new HttpsAgent({ keepAlive: true, lookup: lookupKnown, ...defined(tls) })
    : new HttpAgent({ keepAlive: true, lookup: lookupKnown })
  const exporter = withoutEnvironment(
    () => new HttpExporter({ ...common, url: target, headers, httpAgentOptions: () => agent }),
  )
  return { exporter, close: () => exporter.shutdown().finally(() => agent.destroy()) }
}

/**
 * The exporters read OTEL_EXPORTER_OTLP_* when they are made and would add those headers to ours, although ours were chosen by
 * flags > environment > file. They can't be told not to (`mergeHeaders`, `overrideMetadataEntriesIfNotPresent`: what is missing in
 * ours is added), nor given another environment. So for the moment of their making they don't get to see these variables.
 */
function withoutEnvironment<T>(make: () => T): T {
  const hidden = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_EXPORTER_OTLP_'))
  for (const [name] of hidden) delete process.env[name]
  try {
    return make()
  } finally {
    Object.assign(process.env, Object.fromEntries(hidden))
  }
}

/** `name=value`, values percent-encoded (OTEL_EXPORTER_OTLP_HEADERS: W3C Baggage without properties). */
function parseHeaders(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=')
      return [entry.slice(0, at).trim(), decodeURIComponent(entry.slice(at + 1).trim())]
    }),
  )
}

function toMetadata(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}

function readPem(path: string | undefined): Buffer | undefined {
  return path === undefined ? undefined : readFileSync(path)
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
