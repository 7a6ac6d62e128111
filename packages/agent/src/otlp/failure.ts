// Why an export failed, in one line, with what to do where the mistake is a known one.
import type { Config } from '../config/options.ts'

/** gRPC says what happened in `details`, an OTLP/HTTP error in its message and status `code`, Node in a list of attempts. */
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
  const { details, errors, message, code } = error as {
    details?: string
    errors?: readonly unknown[]
    message?: string
    code?: number | string
  }
  if (errors?.length) return errors.map(describe).join(', ')
  const text = unvarying((details || message || String(error)).split('\n', 1)[0] ?? '')
  return typeof code === 'number' && !text.startsWith(`${code} `) ? `${text} (status ${code})` : text
}

/**
 * gRPC tells how long it took or when it was, to the millisecond, and leaves gaps where it has nothing to tell; OpenSSL tells its
 * thread and where in its source it was. The same failure reads the same.
 */
function unvarying(text: string): string {
  return text
    .replace(/^Deadline exceeded after .*$/, 'Deadline exceeded')
    .replace(/^No connection established\. Last error: (?:\w*Error: )?/, '')
    .replace(/\. Resolution note: *$/, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)/, '')
    .replace(/^(?:write EPROTO )?[0-9A-F]+:error:[0-9A-F]+:SSL routines:\w*:([^:]+):.*$/, 'TLS: $1')
}
