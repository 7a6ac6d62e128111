// A stand-in for CloudWatch's OTLP endpoint on the loopback. It checks the signature and the documented limits, and keeps the points.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
import protobuf from 'protobufjs'

import { type Fault, faultReply, faults } from '../amp/faults.ts'
import { type Journal, journal } from '../amp/journal.ts'
import { loopbackServer, type Reply } from '../amp/loopback-server.ts'
import { EXAMPLE_CREDENTIALS, forbidden, signatureFault, type SigningScope } from '../amp/signature.ts'
import type { FlatPoint } from '../harness/points.ts'
import { type Judged, judge } from './limits.ts'

export interface CloudWatchRequest {
  /** Of the answer; undefined when a fault gave none. */
  readonly status: number | undefined
  /** In words, when not all was stored. */
  readonly reason: string | undefined
  /** Uncompressed. */
  readonly bytes: number
  /** Those that were stored. */
  readonly points: readonly FlatPoint[]
}

export interface CloudWatch extends AsyncDisposable {
  /** Where an exporter sends: `http://127.0.0.1:41939/v1/metrics`. */
  readonly endpoint: string
  readonly scope: SigningScope
  /** In the order in which they came. */
  readonly requests: Pick<Journal<CloudWatchRequest>, 'list' | 'when'>
  /** What is stored, of all requests or of one metric. */
  readonly points: (metric?: string) => readonly FlatPoint[]
  /** Answers the next requests with this, unread, until `recover`. 429 is what more than 500 requests a second get. */
  readonly fail: (fault: Fault) => void
  readonly recover: () => Promise<void>
}

const root = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; }
  message ExportMetricsServiceResponse { PartialSuccess partial_success = 1; }
  message PartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }
`).root

/** Starts an endpoint with nothing in it; the key that it accepts is that of the stand-in for AMP. */
export async function cloudwatch({ region = 'eu-central-1' } = {}): Promise<CloudWatch> {
  const scope: SigningScope = { service: 'monitoring', region, credentials: EXAMPLE_CREDENTIALS }
  const requests = journal<CloudWatchRequest>()
  const told = faults()
  const server = await loopbackServer(async (request) => {
    const fault = told.next()
    if (fault !== undefined) {
      const reply = faultReply(fault)
      const status = typeof reply === 'string' ? undefined : reply.status
      requests.add({ status, reason: 'as told by the test', bytes: 0, points: [] })
      return reply
    }
    const reject = (reply: Reply, reason: string): Reply => {
      requests.add({ status: reply.status, reason, bytes: 0, points: [] })
      return reply
    }
    if (request.target !== '/v1/metrics' || request.method !== 'POST')
      return reject({ status: 404 }, `${request.method} ${request.target}`)
    const denied = await signatureFault(request, scope, Date.now())
    if (denied !== undefined) return reject(forbidden(denied), denied.message)
    const judged = judge(request, Date.now())
    const reply = answer(judged)
    requests.add({ status: reply.status, ...judged })
    return reply
  })
  return {
    endpoint: `${server.url}/v1/metrics`,
    scope,
    requests,
    points: (metric) =>
      requests
        .list()
        .flatMap(({ points }) => points)
        .filter((point) => metric === undefined || point.metric === metric),
    fail: told.set,
    async recover() {
      told.clear()
      await server.comeBack()
    },
    [Symbol.asyncDispose]: server.stop,
  }
}

/** OTLP's answers: a Status where nothing was stored, otherwise what was not. */
function answer({ points, rejected, reason }: Judged): Reply {
  if (points.length === 0 && reason !== undefined)
    return message(400, 'Status', { code: 3, message: `${reason} (as CloudWatch's documentation says)` })
  const partial = reason === undefined ? {} : { partialSuccess: { rejectedDataPoints: rejected, errorMessage: reason } }
  return message(200, 'ExportMetricsServiceResponse', partial)
}

function message(status: number, type: string, content: object): Reply {
  const found = root.lookupType(type)
  const body = found.encode(found.fromObject(content)).finish()
  return { status, headers: { 'content-type': 'application/x-protobuf' }, body }
}
