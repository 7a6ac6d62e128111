// Why a push failed, in one line, with what to do where the mistake is a known one.
import type { Config } from '../config/options.ts'

/** @param error what Node said (of several attempts a list), or the collector's own words */
export function failureReason(
  error: unknown,
  { protocol, endpoint = '' }: Pick<Config, 'protocol' | 'endpoint'>,
): string {
  const text = describe(error)
  // OTLP specification: port 4317 is OTLP/gRPC's, 4318 OTLP/HTTP's.
  if (protocol === 'grpc' && /:4318(\/|$)/.test(endpoint))
    return `${text} (4318 is usually OTLP/HTTP: try --protocol http/protobuf, or port 4317)`
  if (protocol === 'http/protobuf' && /:4317(\/|$)/.test(endpoint))
    return `${text} (4317 is usually OTLP/gRPC: try --protocol grpc, or port 4318)`
  return text
}

function describe(error: unknown): string {
  if (typeof error === 'string') return firstLine(error)
  const { errors, message } = error as { errors?: readonly unknown[]; message?: string }
  if (errors?.length) return errors.map(describe).sort().join(', ')
  return firstLine(message || String(error))
}

/** A store may explain each of thousands of points. */
const MOST_CHARACTERS = 1_000

/**
 * What a log can hold of what somebody else says. OpenSSL tells its thread and where in its source it was: the same failure reads the
 * same.
 */
export function firstLine(text: string): string {
  const [line = ''] = text.slice(0, MOST_CHARACTERS).split('\n', 1)
  return line.replace(/^(?:write EPROTO )?[0-9A-F]+:error:[0-9A-F]+:SSL routines:\w*:([^:]+):.*$/, 'TLS: $1')
}
