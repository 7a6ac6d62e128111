// What a collector says to a request. Which answers mean "send it again" is OTLP's to say, for both protocols:
// https://opentelemetry.io/docs/specs/otlp/, "Failures" and "Partial Success".
import { fieldsOf } from './protobuf.ts'

export type Reply =
  /** It took the points, all but `rejected`: nothing of it is to be sent again. `message` is a warning, '' where there is none. */
  | { readonly outcome: 'taken'; readonly rejected: number; readonly message: string }
  /** It will never take this: not to be sent again. */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** It did not take it, and may do so later: not before `waitMs` where it said how long to wait. */
  | { readonly outcome: 'failed'; readonly reason: string; readonly waitMs: number | undefined }

/**
 * Bytes, unpacked. "The client MUST limit the size of the response body"; one that is longer is "a non-retryable error" (OTLP specification
 * since https://github.com/open-telemetry/opentelemetry-proto/pull/781, which recommends 4 MiB).
 */
export const MOST_REPLY_BYTES = 4 * 2 ** 20
export const TOO_LONG: Reply = { outcome: 'refused', reason: 'the answer is longer than 4MiB: is it a collector?' }

/**
 * The reply that an ExportMetricsServiceResponse stands for: `partial_success { rejected_data_points, error_message }`.
 *
 * @param body what was answered; where that is no such message, its request was taken all the same, and that is the warning
 */
export function takenReply(body: Buffer): Reply {
  let rejected = 0
  let message = ''
  try {
    for (const partial of messagesIn(body, 1)) {
      for (const [field, value] of fieldsOf(partial)) {
        // An int64: below 0 it reads as 2^63 or more, and means nothing.
        if (field === 1 && typeof value === 'number' && value < 2 ** 63) rejected = value
        if (field === 2 && typeof value !== 'number') message = value.toString()
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { outcome: 'taken', rejected: 0, message: 'its answer is not OTLP: is it a collector?' }
  }
  return { outcome: 'taken', rejected, message }
}

/** gRPC status codes that are to be retried. RESOURCE_EXHAUSTED (8) is only where RetryInfo comes with it. */
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15])
const RESOURCE_EXHAUSTED = 8

/** @param waitMs what RetryInfo said; `undefined` where there was none */
export function grpcReply(status: number, reason: string, waitMs: number | undefined): Reply {
  const isLater = RETRYABLE_STATUS.has(status) || (status === RESOURCE_EXHAUSTED && waitMs !== undefined)
  return isLater ? { outcome: 'failed', reason, waitMs } : { outcome: 'refused', reason }
}

const RETRYABLE_HTTP: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** @param waitMs what Retry-After said; `undefined` where there was none */
export function httpReply(status: number, reason: string, waitMs: number | undefined): Reply {
  return RETRYABLE_HTTP.has(status) ? { outcome: 'failed', reason, waitMs } : { outcome: 'refused', reason }
}

/**
 * The delay of a google.rpc.RetryInfo in grpc-status-details-bin, milliseconds; `undefined` where there is none, or what is there
 * can't be read. google/rpc/status.proto: Status.details = 3; google/protobuf/any.proto: type_url = 1, value = 2;
 * google/rpc/error_details.proto: RetryInfo.retry_delay = 1; google/protobuf/duration.proto: seconds = 1, nanos = 2.
 */
export function retryInfo(details: Buffer): number | undefined {
  try {
    for (const any of messagesIn(details, 3)) {
      const [url] = messagesIn(any, 1)
      if (!url?.toString().endsWith('/google.rpc.RetryInfo')) continue
      const [info = Buffer.alloc(0)] = messagesIn(any, 2)
      const [delay = Buffer.alloc(0)] = messagesIn(info, 1)
      const parts = new Map(fieldsOf(delay))
      return Number(parts.get(1) ?? 0) * 1000 + Number(parts.get(2) ?? 0) / 1e6
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  return undefined
}

/** Retry-After, RFC 9110 10.2.3: seconds, or a date. Milliseconds from `now`; `undefined` where it is neither. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const time = Date.parse(header)
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}

/** The length-delimited values of a field. */
function messagesIn(message: Buffer, wanted: number): readonly Buffer[] {
  return fieldsOf(message).flatMap(([field, value]) => (field === wanted && typeof value !== 'number' ? [value] : []))
}
