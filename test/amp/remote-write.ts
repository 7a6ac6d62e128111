// The remote_write call of a workspace: the checks before samples get to the store.
// https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-APIReference-RemoteWrite.html
import type { Ingestion } from './ingestion.ts'
import type { Reply, WholeRequest } from './loopback-server.ts'
import { decode, unpackedLength, type WriteRequest } from './write-request.ts'

/**
 * Facts E, quotas: "request size 1 MB", and hence "max_batch_size_bytes ≤ 1000000". It isn't said whether packed or
 * unpacked: here neither may be more. That AMP answers 413:
 * https://github.com/open-telemetry/opentelemetry-collector-contrib/issues/20289
 */
export const maxRequestBytes = 1_000_000

/** A request that passes, or the answer to one that doesn't. */
export type Examined = { readonly request: WriteRequest } | { readonly refused: Reply }

/** Checks a request as AMP would at the time `now`. */
export function examine({ method, headers, body }: WholeRequest, rules: Ingestion, now: number): Examined {
  if (method !== 'POST') return refuse(405, 'remote_write takes POST only')
  // The specification's headers; a wrong one is 415 as Prometheus says it (storage/remote/write_handler.go).
  if (headers['content-encoding'] !== 'snappy') return refuse(415, 'Content-Encoding must be snappy')
  if (headers['content-type']?.split(';')[0] !== 'application/x-protobuf') {
    return refuse(415, 'Content-Type must be application/x-protobuf')
  }
  if (!/^0\.1\.\d+$/.test(headers['x-prometheus-remote-write-version'] ?? '')) {
    return refuse(400, 'X-Prometheus-Remote-Write-Version must be 0.1.0')
  }
  if (body.length > maxRequestBytes) return refuse(413, tooLarge(body.length))
  const request = decoded(body)
  if ('refused' in request) return request
  const reason = rules.refusal(request.request, now)
  return reason === undefined ? request : refuse(400, reason)
}

function decoded(body: Buffer): Examined {
  try {
    const length = unpackedLength(body)
    return length > maxRequestBytes ? refuse(413, tooLarge(length)) : { request: decode(body) }
  } catch (error) {
    return refuse(400, `not a snappy-packed prometheus.WriteRequest: ${String(error)}`)
  }
}

function tooLarge(length: number): string {
  return `received message larger than max (${length} vs ${maxRequestBytes})`
}

function refuse(status: number, reason: string): Examined {
  return { refused: { status, headers: { 'content-type': 'text/plain' }, body: `${reason}\n` } }
}
