// Why an export failed, in one line, with a hint for a common mistake.
import type { Config } from '../config/options.ts'

/** @param error from Node (for several attempts a list), or with the collector's own message */
export function failureReason(
  error: Error | undefined,
  { protocol, endpoint = '', certificate }: Pick<Config, 'protocol' | 'endpoint' | 'certificate'>,
): string {
  const hint = certificate === undefined ? 'name its CA with --certificate' : 'no CA of --certificate signed it'
  const text = describe(error ?? new Error('no reason given')).replace(SYSTEM_CA, ` (${hint})`)
  // OTLP specification: port 4317 is OTLP/gRPC's, 4318 OTLP/HTTP's.
  if (protocol === 'grpc' && /:4318(\/|$)/.test(endpoint))
    return `${text} (4318 is usually OTLP/HTTP: try --protocol http/protobuf, or port 4317)`
  if (protocol === 'http/protobuf' && /:4317(\/|$)/.test(endpoint))
    return `${text} (4317 is usually OTLP/gRPC: try --protocol grpc, or port 4318)`
  if (REFUSED_BY_STORE.test(text))
    return `${text}: the store refuses them; the collector's log has its status and reason`
  return text
}

/**
 * A collector's prometheusremotewrite exporter was answered with 4xx. It logs status and body, and returns only this (collector-contrib
 * 0.156, exporter.go).
 */
const REFUSED_BY_STORE = /Permanent error: remote write request failed/

/** Node's own hint. The image has no CAs of the system, and where --certificate is set they are not used. */
const SYSTEM_CA = '; if the root CA is installed locally, try running Node.js with --use-system-ca'

function describe(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(describe).sort().join(', ')
  return firstLine(error.message || String(error))
}

/** A backend may explain each of thousands of rejected points. */
const MAX_CHARACTERS = 1_000

const OPENSSL = /^(?:write EPROTO )?(?:[0-9A-F]+:)?error:[0-9A-F]+:[\w ]+ routines:\w*:([^:]+)(?::.*)?$/

/**
 * The first line of a foreign message, printable. OpenSSL's thread and source position are removed, so that the same failure always reads
 * the same.
 */
export function firstLine(text: string): string {
  const [line = ''] = text.trimStart().slice(0, MAX_CHARACTERS).split(/\r?\n/, 1)
  return printable(line.replace(OPENSSL, 'TLS: $1'))
}

/** A foreign text with its control characters and invisible ones as `\u{1b}`: a peer must not control the terminal that shows the log. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  )
}
