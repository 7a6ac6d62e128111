// What a collector's answer means for the points of a request. OTLP says which answers are retryable, for both protocols:
// https://opentelemetry.io/docs/specs/otlp/, "Failures".
import { isUtf8 } from 'node:buffer'

import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer'

import { redacted } from '../config/endpoint.ts'
import { printable } from './failure.ts'
import { fieldsOf, messagesIn } from './protobuf.ts'

/**
 * Bytes, unpacked. "The client MUST limit the size of the response body"; one that is longer is "a non-retryable error" (OTLP specification
 * since https://github.com/open-telemetry/opentelemetry-proto/pull/781, which recommends 4 MiB).
 */
export const MAX_RESPONSE_BYTES = 4 * 2 ** 20

/** Adds a chunk to a body; false when the body is too long: a server that never stops must not fill the memory. */
export function addChunk(body: Buffer[], chunk: Buffer): boolean {
  body.push(chunk)
  return body.reduce((sum, { length }) => sum + length, 0) <= MAX_RESPONSE_BYTES
}

/** A function, as an Error with its stack is not to be shared. */
export function responseTooLong(): ExportResponse {
  return { status: 'failure', error: new Error('the answer is longer than 4MiB: is it a collector?') }
}

/** gRPC status codes that are retryable. RESOURCE_EXHAUSTED (8) is only when RetryInfo comes with it. */
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([1, 4, 10, 11, 14, 15])
const RESOURCE_EXHAUSTED = 8
const OUT_OF_RANGE = 11

/** A refusal of a request for its size: its points may be accepted in smaller requests. */
class RequestTooLarge extends Error {}

/** Whether the request was refused for its size. */
export function isTooLarge(response: ExportResponse): boolean {
  if (response.status !== 'failure') return false
  return response.error instanceof RequestTooLarge || response.error.cause instanceof RequestTooLarge
}

/** How servers of Go and C, of Java, and of Rust (tonic, whose status is OUT_OF_RANGE) say it. gRPC has no status for it alone. */
const TOO_LARGE_MESSAGE = /larger than max|exceeds maximum size|message length too large|size limit/i

/** @param retryInMillis what RetryInfo says; `undefined` without one */
export function grpcResponse(status: number, reason: string, retryInMillis?: number): ExportResponse {
  const mayBeTooLarge = (status === RESOURCE_EXHAUSTED || status === OUT_OF_RANGE) && retryInMillis === undefined
  if (mayBeTooLarge && TOO_LARGE_MESSAGE.test(reason)) return { status: 'failure', error: new RequestTooLarge(reason) }
  const isRetryable = RETRYABLE_STATUS.has(status) || (status === RESOURCE_EXHAUSTED && retryInMillis !== undefined)
  return errorResponse(isRetryable, reason, retryInMillis)
}

/** HTTP status codes that are retryable. 407 comes from a proxy, so the collector has not refused anything. */
const RETRYABLE_HTTP: ReadonlySet<number> = new Set([407, 429, 502, 503, 504])

/** @param retryInMillis what Retry-After says; `undefined` without one */
export function httpResponse(status: number, reason: string, retryInMillis?: number): ExportResponse {
  // A collector answers 400 with the message of Go's http.MaxBytesError.
  const isRefusedForSize = status === 413 || (status === 400 && reason.endsWith('http: request body too large'))
  if (isRefusedForSize) return { status: 'failure', error: new RequestTooLarge(reason) }
  return errorResponse(RETRYABLE_HTTP.has(status), reason, retryInMillis)
}

function errorResponse(isRetryable: boolean, reason: string, retryInMillis: number | undefined): ExportResponse {
  const error = new Error(reason)
  if (!isRetryable) return { status: 'failure', error }
  return { status: 'retryable', error, ...(retryInMillis !== undefined && { retryInMillis }) }
}

/**
 * The delay of a google.rpc.RetryInfo in grpc-status-details-bin, milliseconds; `undefined` when there is none or it
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

/** Characters of a log line that the body of a refusal may take, and those of the body that are looked at for them. */
const MAX_REASON = 200
const MAX_EXAMINED = 4_000

/** The headers of an answer that say how its body is to be read, or where the request should go. */
interface ReasonHeaders {
  readonly 'content-type'?: string | undefined
  readonly location?: string | undefined
}

/**
 * The reason of a refusal, in one printable line: where a redirect leads, or what the body says. That is the message of its
 * google.rpc.Status (google/rpc/status.proto: message = 2), or else its text without HTML tags. `undefined` when it is empty or binary.
 */
export function reasonIn(headers: ReasonHeaders, body: Buffer): string | undefined {
  const { 'content-type': contentType = '', location } = headers
  if (location !== undefined) return `it redirects to ${redacted(location)}`
  const reason = statusMessage(body, contentType) ?? body
  if (!isUtf8(reason)) return undefined
  const text = reason.toString('utf8', 0, MAX_EXAMINED)
  const plain = contentType.startsWith('text/html') ? text.replaceAll(/<[^>]*>/g, ' ') : text
  const line = printable(plain.replaceAll(/\s+/g, ' ').trim())
  if (line === '') return undefined
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON - 1).toWellFormed()}…` : line
}

/** `undefined` when the body is no Status, or one without a message. */
function statusMessage(body: Buffer, contentType: string): Buffer | undefined {
  if (!contentType.startsWith('application/x-protobuf')) return undefined
  try {
    return messagesIn(body, 2).at(-1)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return undefined
  }
}

/** Retry-After, RFC 9110 10.2.3: seconds, or a date. Milliseconds from `now`; `undefined` when it is neither. */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const time = Date.parse(header)
  return Number.isNaN(time) ? undefined : Math.max(0, time - now)
}

/**
 * Which points the collector rejected, and why, from the body of a successful response:
 * `ExportMetricsServiceResponse { partial_success = 1 { rejected_data_points = 1, error_message = 2 } }`.
 *
 * @throws RangeError when the bytes are no such message
 */
export function partialSuccessOf(data: Uint8Array): IExportMetricsServiceResponse {
  const partial = messagesIn(Buffer.from(data.buffer, data.byteOffset, data.length), 1).at(-1)
  if (!partial) return {}
  const fields = new Map(fieldsOf(partial))
  const rejected = Number(fields.get(1) ?? 0)
  // An int64: a negative number reads as 2^63 or more, and means nothing.
  const rejectedDataPoints = rejected < 2 ** 63 ? rejected : 0
  return { partialSuccess: { rejectedDataPoints, errorMessage: String(fields.get(2) ?? '') } }
}
