// The endpoint of the configuration as a URL to push to (OpenTelemetry specification, "OpenTelemetry Protocol Exporter").
import type { Config } from '../config/options.ts'

/** OpenTelemetry specification: http:// is plaintext, https:// is TLS, and without a scheme it depends on `insecure` (gRPC only). */
export function isPlaintext({ endpoint = '', insecure }: Pick<Config, 'endpoint' | 'insecure'>): boolean {
  if (/^http:\/\//i.test(endpoint)) return true
  return !/^https:\/\//i.test(endpoint) && insecure
}

/** The host's name or address, without the brackets of IPv6. */
export function hostOf(endpoint: string): string {
  return new URL(endpoint.includes('://') ? endpoint : `https://${endpoint}`).hostname.replaceAll(/^\[|\]$/g, '')
}

/**
 * The specification has a default port for no endpoint at all, none for an endpoint without one; gRPC itself takes 443, with TLS or
 * without. Nobody listens there in plain text, so that gets OTLP's own port, 4317. https:// means 443, as everywhere.
 */
export function grpcUrl(endpoint: string, isPlain: boolean): string {
  if (!isPlain) return endpoint
  return endpoint.replace(/^((?:http:\/\/)?(?:[^/?#]*@)?(?:\[[^\]]*\]|[^:/?#]+))(?=[/?#]|$)/i, '$1:4317')
}

/** OTLP specification, "Endpoint URLs for OTLP/HTTP": v1/metrics is appended to a base URL, unless it is there already. */
export function metricsUrl(endpoint: string, isWholeUrl: boolean): string {
  const url = new URL(/^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`)
  if (!isWholeUrl && !/\/v1\/metrics\/?$/.test(url.pathname))
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/metrics`
  return url.href
}
