// The EC2 instance metadata service, version 2: who this instance is, and which ENI has which MAC address.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
// Its packets count against the link-local allowance that we measure, so requests are few, sequential and on one connection.
// All questions share one retry schedule: while one of them fails, the id of a new NIC may be up to 5 minutes late.

import { Agent, request, type IncomingMessage } from 'node:http'

import { readBody } from '../bounded-body.ts'
import type { Log } from '../log.ts'
import type { ResourceAttributes } from './attributes.ts'
import { identityAttributes } from './instance-identity.ts'

export interface ImdsOptions {
  /** From `imdsEndpoint`; undefined = ask nothing, know nothing. */
  readonly endpoint: URL | undefined
  /** Whether DMI says that this is an EC2 instance: then a failure is a warning, otherwise an info. Default false. */
  readonly expected?: boolean
  /** Maximum duration of one request. Default 1000. */
  readonly timeoutMs?: number
  /** Milliseconds of a monotonic clock. Default `performance.now()`. */
  readonly now?: () => number
  readonly log: Log
}

export interface Imds extends Disposable {
  /**
   * The attributes of the instance's identity document. undefined = not offered, or not known yet: a later call asks again when a retry is
   * due. Never rejects.
   */
  identity(): Promise<ResourceAttributes | undefined>
  /** The id of the ENI with this MAC address, from the cache. undefined = not known yet, or no ENI. */
  eniId(mac: string): string | undefined
  /** Asks for the MAC addresses that are not known yet, when a request is due. Never rejects. */
  resolve(macs: readonly string[]): Promise<void>
  /** Aborts the request in flight without logging. Nothing is asked afterwards. */
  close(): void
}

/** Waits before the next round of requests; the last one repeats. */
const RETRY_S = [1, 5, 30, 300] as const
/** IMDS can lag behind the kernel by 30 s, so a 404 is final only after that: https://github.com/aws/amazon-vpc-cni-k8s/pull/1311 */
const MAX_LAG_MS = 30_000
/** Each round gets a token of its own. Without a length Node would send the empty PUT chunked. */
const TOKEN_REQUEST = { 'content-length': '0', 'x-aws-ec2-metadata-token-ttl-seconds': '60' }
const MAX_BODY_BYTES = 65_536
const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/

type Accept = (body: string) => void

/** A client of IMDSv2 at the endpoint. Sends nothing until it is asked something. */
export function createImds({ endpoint, expected = false, timeoutMs = 1_000, now = monotonic, log }: ImdsOptions): Imds {
  const base = endpoint?.href.replace(/\/$/, '')
  // Neither fetch nor Node's own agent: with NODE_USE_ENV_PROXY both send link-local requests to a proxy.
  const agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: timeoutMs })
  const closing = new AbortController()
  const open = new Map<string, { readonly sinceMs: number; readonly accept: Accept }>()
  const answered = new Set<string>()
  const eniIds = new Map<string, string>()
  let identity: ResourceAttributes | undefined
  let round: Promise<void> | undefined
  let retries = 0
  let notBeforeMs = -Infinity
  let isFailing = false

  /** The body; undefined = there is no such item (404). */
  async function send(method: string, path: string, headers: Record<string, string>): Promise<string | undefined> {
    const timeout = AbortSignal.timeout(timeoutMs)
    const options = { method, headers, agent, signal: AbortSignal.any([timeout, closing.signal]) }
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request(`${base}${path}`, options, resolve).on('error', reject).end()
      })
      const body = await readBody(response, MAX_BODY_BYTES)
      if (response.statusCode === 200) return body.toString()
      if (response.statusCode === 404 && method === 'GET') return undefined
      const advice = response.statusCode === 403 ? ': turn the metadata service on (HttpEndpoint=enabled)' : ''
      throw new Error(`${method} ${path} answered ${response.statusCode}${advice}`)
    } catch (error) {
      if (!timeout.aborted) throw error
      const advice = 'a hop limit of 1 keeps pods out, run the pod with hostNetwork: true'
      throw new Error(`no answer within ${timeoutMs} ms: ${advice}`, { cause: error })
    }
  }

  /** Asks all open questions, and those added meanwhile, until one fails. */
  async function askOpen(): Promise<void> {
    let token: string | undefined
    for (const [path, { sinceMs, accept }] of open) {
      try {
        token ??= await send('PUT', '/latest/api/token', TOKEN_REQUEST)
        const body = await send('GET', path, { 'x-aws-ec2-metadata-token': String(token) })
        if (body === undefined && now() - sinceMs < MAX_LAG_MS) continue
        if (body !== undefined) accept(body)
        open.delete(path)
        answered.add(path)
      } catch (error) {
        // It goes last in the next round, so that it does not hold up the others.
        open.delete(path)
        open.set(path, { sinceMs, accept })
        return failed(error as Error)
      }
    }
    if (isFailing) log.info({ endpoint: base }, `IMDSv2 at ${base}: recovered`)
    if (isFailing || open.size === 0) retries = 0
    isFailing = false
    if (open.size > 0) scheduleRetry()
  }

  function failed(error: Error): void {
    if (closing.signal.aborted) return
    log[isFailing ? 'debug' : expected ? 'warn' : 'info'](
      { endpoint: base, err: error },
      `IMDSv2 at ${base}: ${error.message}; retried in ${scheduleRetry()} s, at least every 5 min; region, account and ENI ids may be missing. ` +
        'If this is not an EC2 instance, set AWS_EC2_METADATA_DISABLED=true.',
    )
    isFailing = true
  }

  function scheduleRetry(): number {
    const seconds = RETRY_S[retries++] ?? RETRY_S[3]
    notBeforeMs = now() + seconds * 1_000
    return seconds
  }

  function add(path: string, accept: Accept): void {
    if (open.has(path) || answered.has(path)) return
    open.set(path, { sinceMs: now(), accept })
    if (!isFailing) notBeforeMs = -Infinity
  }

  async function ask(): Promise<void> {
    if (base === undefined || closing.signal.aborted || open.size === 0) return
    if (round === undefined && now() >= notBeforeMs) {
      round = askOpen().finally(() => {
        round = undefined
      })
    }
    await round
  }

  function close(): void {
    closing.abort()
    agent.destroy()
  }

  return {
    async identity() {
      add('/latest/dynamic/instance-identity/document', (body) => (identity = identityAttributes(body)))
      await ask()
      return identity
    },
    eniId: (mac) => eniIds.get(mac.toLowerCase()),
    async resolve(macs) {
      for (const mac of macs.map((text) => text.toLowerCase()).filter((text) => MAC.test(text))) {
        add(`/latest/meta-data/network/interfaces/macs/${mac}/interface-id`, (id) => {
          if (!/^eni-[0-9a-f]+$/.test(id)) throw new SyntaxError(`${JSON.stringify(id.slice(0, 40))} is no ENI id`)
          eniIds.set(mac, id)
        })
      }
      await ask()
    },
    close,
    [Symbol.dispose]: close,
  }
}

const monotonic = (): number => performance.now()
