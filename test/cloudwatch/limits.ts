// What CloudWatch's OTLP endpoint refuses of a request, as its documentation lists it ("Endpoint limits and restrictions"):
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
// Both temporalities are accepted: CloudWatch keeps them in the label `__temporality__` (CloudWatch-PromQL-Querying.html).
import { gunzipSync } from 'node:zlib'

import { decodeRequest } from '../../packages/agent/test/otlp/decode.ts'
import type { WholeRequest } from '../amp/loopback-server.ts'
import type { OtlpRequest } from '../harness/otlp-request.ts'
import { type FlatPoint, flatPoints } from '../harness/points.ts'

/** "Maximum request size, 1 MB, uncompressed". Whether that is 10^6 or 2^20 bytes is not said: the smaller one. */
const MAX_BYTES = 1_000_000
/** "Maximum datapoint count, 1,000, a sum across ResourceMetrics, ScopeMetrics and Metrics". */
const MAX_POINTS = 1_000
/** "Maximum metadata size, 40 KB, of all labels and label values for a series per datapoint". */
const MAX_METADATA_BYTES = 40_000
/** "Maximum label count, 150, across Resource/Scope/Datapoint attributes per datapoint". */
const MAX_LABELS = 150
/** "At most 10 minutes in the future and at most 14 days in the past". */
const MAX_FUTURE_MS = 10 * 60_000
const MAX_PAST_MS = 14 * 86_400_000

/** The points that are stored, and why others are not: all of them (400), or some (200 with a partial success). */
export interface Judged {
  readonly points: readonly FlatPoint[]
  readonly rejected: number
  readonly reason: string | undefined
  /** Uncompressed, 0 if that failed. */
  readonly bytes: number
}

/** Judges a request as CloudWatch would at the time `now`. Of the kinds of metrics, it reads the agent's: sums and gauges. */
export function judge({ headers, body }: WholeRequest, now: number): Judged {
  const type = headers['content-type']?.split(';')[0]
  // The status of these two is not documented.
  if (type !== 'application/x-protobuf' && type !== 'application/json') return none(`Content-Type ${type}`)
  const encoding = headers['content-encoding'] ?? 'none'
  if (encoding !== 'gzip' && encoding !== 'none') return none(`Content-Encoding ${encoding}`)
  const read = (): readonly [number, OtlpRequest | undefined] => {
    const plain = encoding === 'gzip' ? gunzipSync(body) : body
    if (plain.length > MAX_BYTES) return [plain.length, undefined]
    return [plain.length, type === 'application/json' ? JSON.parse(plain.toString()) : decodeRequest(plain)]
  }
  const found = attempt(read)
  if (found instanceof Error) return none(`not a request of OTLP: ${found.message}`)
  const [bytes, request] = found
  if (request === undefined) return none(`request of ${bytes} bytes, more than ${MAX_BYTES}`, bytes)
  const points = flatPoints([request])
  if (points.length > MAX_POINTS) return none(`${points.length} datapoints, more than ${MAX_POINTS}`, bytes)
  if (points.some(({ timeMs }) => timeMs > now + MAX_FUTURE_MS)) return none('timestamp too far in the future')
  if (points.some(({ timeMs }) => timeMs < now - MAX_PAST_MS)) return none('timestamp too far in the past')
  const good = points.filter((point) => metadataFault(point) === undefined)
  const [reason] = points.flatMap((point) => metadataFault(point) ?? [])
  return { points: good, rejected: points.length - good.length, reason, bytes }
}

function attempt<T>(read: () => T): T | Error {
  try {
    return read()
  } catch (error) {
    return error as Error
  }
}

function none(reason: string, bytes = 0): Judged {
  return { points: [], rejected: 0, reason, bytes }
}

function metadataFault({ attributes, resource }: FlatPoint): string | undefined {
  const labels = [...Object.entries(resource), ...Object.entries(attributes)]
  if (labels.length > MAX_LABELS) return `Maximum number of attributes exceeded: ${MAX_LABELS}`
  const size = Buffer.byteLength(labels.flat().join(''))
  return size > MAX_METADATA_BYTES ? `metadata of ${size} bytes, more than ${MAX_METADATA_BYTES}` : undefined
}
