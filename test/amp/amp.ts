// A stand-in for Amazon Managed Prometheus on the loopback: a real Prometheus behind a server that applies AWS's rules.
// Paths: https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-APIReference-Prometheus-Compatible-Apis.html
import type { KeyFiles } from '../harness/certificates.ts'
import { type PrometheusApi, prometheusApi } from '../e2e/setup/prometheus-api.ts'
import { answered, type Answer } from './answer.ts'
import { faultReply, faults, type Fault } from './faults.ts'
import { ingestion } from './ingestion.ts'
import { journal, type Journal } from './journal.ts'
import { loopbackServer, type Reply, type WholeRequest } from './loopback-server.ts'
import { runPrometheus, type PrometheusOptions, type RunningPrometheus } from './prometheus.ts'
import { examine } from './remote-write.ts'
import { EXAMPLE_CREDENTIALS, forbidden, signatureFault, signed, type SigningScope } from './signature.ts'

export interface AmpOptions extends PrometheusOptions {
  /** Serves TLS with this key; plain text by default. */
  readonly tls?: KeyFiles
  /** `eu-central-1` by default. */
  readonly region?: string
  /** What time it is where the age of samples is judged; the machine's by default. */
  readonly now?: () => number
}

export interface Amp extends PrometheusApi, AsyncDisposable {
  /** `http://127.0.0.1:41939/workspaces/ws-…`. */
  readonly url: string
  /** Where an exporter sends: `http://127.0.0.1:41939/workspaces/ws-…/api/v1/remote_write`. */
  readonly remoteWriteUrl: string
  readonly scope: SigningScope
  /** The only key that it accepts, as the AWS SDKs read it from their environment. */
  readonly env: Readonly<Record<'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_REGION', string>>
  /** The Prometheus itself, without those rules. */
  readonly prometheusUrl: string
  /** Answers the next remote writes with this, unread: `times` times, or until `recover`. */
  fail(fault: Fault, times?: number): void
  /** Refuses every connection, until `recover`. */
  refuseConnections(): Promise<void>
  /** Ends all faults. Closes the connections of requests that hang. */
  recover(): Promise<void>
  /** One for each remote write, in order, also for those that got no answer as a fault. */
  answers(): readonly Answer[]
  /** The answers as soon as `enough` says so. @throws what `signal` gives when it aborts; after 20 s by default. */
  answersWhen(enough: (answers: readonly Answer[]) => boolean, signal?: AbortSignal): Promise<readonly Answer[]>
  stop(): Promise<void>
}

const path = '/workspaces/ws-b226cc2a-a446-46a9-933a-ac50479a5568'

/** Starts a workspace with nothing in it; it is ready when this resolves. */
export async function amp({
  tls,
  region = 'eu-central-1',
  now: sampleNow = Date.now,
  ...options
}: AmpOptions = {}): Promise<Amp> {
  const store = await runPrometheus(options)
  const scope: SigningScope = { service: 'aps', region, credentials: EXAMPLE_CREDENTIALS }
  const given = journal<Answer>()
  const told = faults()
  const write = remoteWrite(store, given, sampleNow)
  const server = await loopbackServer(async (request) => {
    const now = Date.now()
    const isWrite = request.target === `${path}/api/v1/remote_write`
    const fault = isWrite ? told.next() : undefined
    if (fault !== undefined) return answered(given, request, now, faultReply(fault))
    const denied = await signatureFault(request, scope, now)
    if (denied !== undefined) {
      return isWrite ? answered(given, request, now, forbidden(denied)) : forbidden(denied)
    }
    return isWrite ? write(request, now) : read(store, request)
  }, tls)
  const url = server.url + path
  const get = async (call: string): Promise<Response> => {
    const target = new URL(url + call)
    return fetch(target, { headers: await signed({ method: 'GET', url: target }, scope) })
  }
  const stop = async (): Promise<void> => {
    await server.stop()
    await store.stop()
  }
  return {
    ...prometheusApi(get),
    url,
    scope,
    remoteWriteUrl: `${url}/api/v1/remote_write`,
    env: {
      AWS_ACCESS_KEY_ID: EXAMPLE_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: EXAMPLE_CREDENTIALS.secretAccessKey,
      AWS_REGION: region,
    },
    prometheusUrl: store.url,
    fail: told.set,
    refuseConnections: server.leave,
    async recover() {
      told.clear()
      await server.comeBack()
    },
    answers: given.list,
    answersWhen: given.when,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Takes one request at a time, so that each is judged by all that came before it. */
function remoteWrite(
  store: RunningPrometheus,
  given: Journal<Answer>,
  sampleNow: () => number,
): (request: WholeRequest, now: number) => Promise<Reply> {
  const rules = ingestion()
  let turn: Promise<unknown> = Promise.resolve()
  const take = async (request: WholeRequest, now: number): Promise<Reply> => {
    const examined = examine(request, rules, sampleNow())
    if ('refused' in examined) return answered(given, request, now, examined.refused)
    const stored = await forward(store, '/api/v1/write', request)
    if (stored.status >= 300) return answered(given, request, now, stored)
    rules.take(examined.request)
    const samples = examined.request.timeseries.reduce((sum, series) => sum + series.samples.length, 0)
    return answered(given, request, now, { status: 200 }, samples) // Prometheus says 204, AMP's reference 200
  }
  return (request, now) => {
    const answer = turn.then(() => take(request, now))
    turn = answer.catch(() => undefined) // the error is the caller's; the next one's turn comes all the same
    return answer
  }
}

/** The calls of the query API that AMP has. */
async function read(store: RunningPrometheus, request: WholeRequest): Promise<Reply> {
  const call = request.target.startsWith(path) ? request.target.slice(path.length) : ''
  return /^\/api\/v1\/(query|query_range|labels|label\/[^/]+\/values|series|metadata|rules|alerts)(\?|$)/.test(call)
    ? forward(store, call, request)
    : { status: 404, body: JSON.stringify({ message: `${request.target} is not here` }) }
}

async function forward(
  store: RunningPrometheus,
  call: string,
  { method, headers, body }: WholeRequest,
): Promise<Reply> {
  const kept = new Set(['content-type', 'content-encoding', 'x-prometheus-remote-write-version'])
  const response = await fetch(store.url + call, {
    method,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => kept.has(name))),
    ...(method === 'POST' && { body: new Uint8Array(body) }),
  })
  const type = response.headers.get('content-type') ?? 'text/plain'
  return { status: response.status, headers: { 'content-type': type }, body: Buffer.from(await response.arrayBuffer()) }
}
