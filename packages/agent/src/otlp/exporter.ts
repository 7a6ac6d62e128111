// The exporter for the configured protocol. TLS and headers are ours to set: the exporters would read the environment a second time.
import { readFileSync } from 'node:fs'

import { credentials, Metadata } from '@grpc/grpc-js'
import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { OTLPMetricExporter as GrpcExporter } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as HttpExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base'
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics'

import type { Config } from '../config/options.ts'
import { secureCredentials } from './secure-credentials.ts'

export interface Exporter {
  /** Where it pushes to, as it is shown to people. */
  readonly target: string
  /** @throws Error when the collector did not take it; gRPC's status is in `code` */
  readonly export: (metrics: ResourceMetrics) => Promise<void>
  readonly close: () => Promise<void>
}

export type ExporterOptions = Pick<
  Config,
  | 'endpoint'
  | 'protocol'
  | 'header'
  | 'compression'
  | 'timeout'
  | 'certificate'
  | 'clientCertificate'
  | 'clientKey'
  | 'insecure'
>

/**
 * After a failure the next export begins with a new connection: gRPC would wait up to two minutes before it tries the old one again,
 * and a renewed certificate is read.
 *
 * @param isWholeUrl nothing is to be added to the endpoint's path (it is from OTEL_EXPORTER_OTLP_METRICS_ENDPOINT)
 * @throws Error with `code`, `path` when a certificate or key can't be read; TypeError without an endpoint
 */
export function createExporter(options: ExporterOptions, isWholeUrl: boolean): Exporter {
  const { endpoint } = options
  if (endpoint === undefined) throw new TypeError('an exporter needs an endpoint')
  const target = options.protocol === 'grpc' ? endpoint : metricsUrl(endpoint, isWholeUrl)
  let exporter: PushMetricExporter | undefined = connect(options, endpoint, target)

  const send = (metrics: ResourceMetrics): Promise<void> =>
    new Promise((resolve, reject) => {
      exporter ??= connect(options, endpoint, target)
      exporter.export(metrics, ({ code, error }: ExportResult) => {
        if (code === ExportResultCode.SUCCESS) resolve()
        else reject(error ?? new Error('the export failed without a reason'))
      })
    })
  return {
    target: target.replace(/\/\/[^/@]*@/, '//'), // a password is not for people
    close: async () => exporter?.shutdown(),
    export: async (metrics) => {
      try {
        await send(metrics)
      } catch (error) {
        const failed = exporter
        exporter = undefined
        await failed?.shutdown()
        throw error
      }
    },
  }
}

function connect(options: ExporterOptions, endpoint: string, target: string): PushMetricExporter {
  const common = {
    url: target,
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
  return withoutEnvironment(() =>
    options.protocol === 'grpc'
      ? new GrpcExporter({
          ...common,
          metadata: toMetadata(headers),
          credentials: isPlaintext(options) ? credentials.createInsecure() : secureCredentials(endpoint, tls),
        })
      : new HttpExporter({ ...common, headers, httpAgentOptions: { keepAlive: true, ...defined(tls) } }),
  )
}

/** OTLP specification, "Endpoint URLs for OTLP/HTTP": v1/metrics is appended to a base URL, unless it is there already. */
export function metricsUrl(endpoint: string, isWholeUrl: boolean): string {
  const url = new URL(/^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`)
  if (!isWholeUrl && !/\/v1\/metrics\/?$/.test(url.pathname))
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/metrics`
  return url.href
}

/**
 * The exporters read OTEL_EXPORTER_OTLP_* when they are made and would add those headers to ours, although ours were chosen by
 * flags > environment > file. So they don't get to see these variables.
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

/** OpenTelemetry specification: http:// is plaintext, https:// is TLS, and without a scheme it depends on `insecure`. */
function isPlaintext({ endpoint = '', insecure }: ExporterOptions): boolean {
  if (/^http:\/\//i.test(endpoint)) return true
  return !/^https:\/\//i.test(endpoint) && insecure
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
