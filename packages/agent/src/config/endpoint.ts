// The URL of the configured endpoint (OpenTelemetry specification, "OpenTelemetry Protocol Exporter").
import type { Config } from './options.ts'

/**
 * OpenTelemetry specification: http:// is plain text, https:// is TLS. Without a scheme, `insecure` decides for gRPC; HTTP uses TLS.
 */
export function isPlaintext(config: Pick<Config, 'endpoint' | 'protocol' | 'insecure'>): boolean {
  const { endpoint = '', protocol, insecure } = config
  if (/^http:\/\//i.test(endpoint)) return true
  return protocol === 'grpc' && insecure && !/^https:\/\//i.test(endpoint)
}

/** The host's name or address, without the brackets of IPv6. */
export function hostOf(endpoint: string): string {
  return urlOf(endpoint).hostname.replaceAll(/^\[|\]$/g, '')
}

/** The endpoint's parts. Without a scheme, `https` stands for one. */
export function urlOf(endpoint: string): URL {
  return new URL(endpoint.includes('://') ? endpoint : `https://${endpoint}`)
}

/**
 * The specification has no default port for an endpoint without one; gRPC itself uses 443, with TLS or without. No collector listens there
 * in plain text, so plain text gets OTLP's own port, 4317. https:// means 443, as everywhere.
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

/**
 * The endpoint as it may be printed: "…" stands for user info, query and fragment. It need not be a URL: a password may hold any
 * character, so everything up to the last "@" is hidden, and what follows too if it may be of a query.
 */
export function redacted(endpoint: string): string {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(endpoint) ?? []
  if (/[?#].*@/s.test(rest)) return `${scheme}…`
  return scheme + rest.replace(/^.*@/s, '…@').replace(/([?#]).*$/s, '$1…')
}

/** The value of any option as it may be printed: an endpoint may be given to the wrong one. In other texts, "?" and "@" are no secret. */
export function redactedValue(option: string, text: string): string {
  const isEndpoint = option === 'endpoint' || option === 'collectorAddress' || text.includes('://')
  return isEndpoint ? redacted(text) : text
}
