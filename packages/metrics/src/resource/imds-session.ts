// Questions to IMDSv2, one at a time: token, retries and what to say about failures. Its own packets count against the link-local allowance that
// this agent watches, so nothing here asks by itself, and while the service doesn't answer it is left alone for growing intervals.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html

import { adviceFor, Refusal, scopeOf, type Scope } from './imds-failure.ts'
import { openImdsConnection, type ImdsAnswer, type ImdsConnectionOptions } from './imds-request.ts'
import type { ResourceLog } from './log.ts'
import { createRetrySchedule, type RetrySchedule } from './retry-schedule.ts'

export interface ImdsSession {
  /**
   * What `parse` makes of the body at the path. undefined = the service doesn't offer it (404). Rejects when it can't be had (now): already logged.
   */
  ask<T>(path: string, parse: (body: string) => T): Promise<T | undefined>
  /** Whether a question for this path would be sent now. */
  due(path: string): boolean
  close(): void
}

export interface ImdsSessionOptions extends ImdsConnectionOptions {
  /** Whether DMI says that this is EC2: then silence is worth a warning, else only an info. */
  readonly expected: boolean
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly log: ResourceLog
}

/** After a failure, the service may be asked again in 1 s, 5 s, 30 s and then every 5 min for an hour; then no more until the agent restarts. */
const RETRY_MS: readonly number[] = [1_000, 5_000, 30_000, ...Array<number>(12).fill(300_000)]

/** The longest life of a token that the service grants: six hours. */
const TOKEN_TTL_SECONDS = 21_600
const TTL_HEADER = 'x-aws-ec2-metadata-token-ttl-seconds'

/** A session with the service at the endpoint. Sends nothing before the first question. */
export function openImdsSession(options: ImdsSessionOptions): ImdsSession {
  const { endpoint, now, log } = options
  const connection = openImdsConnection(options)
  const service = createRetrySchedule(RETRY_MS, now)
  // A path with bad answers doesn't hold up the others, and their success doesn't start its schedule anew.
  const paths = new Map<string, RetrySchedule>()
  let token: { readonly value: string; readonly expiresAt: number } | undefined
  let queue: Promise<unknown> = Promise.resolve()
  let announced = false
  let closed = false

  async function currentToken(): Promise<string> {
    if (token !== undefined && now() < token.expiresAt) return token.value
    const askedAt = now()
    const answer = await connection.send('PUT', '/latest/api/token', { [TTL_HEADER]: String(TOKEN_TTL_SECONDS) })
    if (answer.status !== 200) throw new Refusal('PUT', '/latest/api/token', answer)
    const seconds = Number.parseInt(String(answer.headers[TTL_HEADER])) || TOKEN_TTL_SECONDS
    token = { value: answer.body, expiresAt: askedAt + seconds * 1_000 }
    return token.value
  }

  const get = async (path: string): Promise<ImdsAnswer> =>
    connection.send('GET', path, { 'x-aws-ec2-metadata-token': await currentToken() })

  async function fetchBody(path: string): Promise<string | undefined> {
    let answer = await get(path)
    if (answer.status === 401) {
      token = undefined // Expired before its time, or the service restarted: one new token, one more try.
      answer = await get(path)
    }
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw new Refusal('GET', path, answer)
    return answer.body
  }

  const due = (path: string): boolean => !closed && service.due() && (paths.get(path)?.due() ?? true)

  async function attempt<T>(path: string, parse: (body: string) => T): Promise<T | undefined> {
    if (!due(path)) throw new Error(`IMDSv2 at ${endpoint.origin} is not to be asked now`)
    try {
      const body = await fetchBody(path)
      const value = body === undefined ? undefined : parse(body)
      service.succeeded()
      paths.delete(path)
      if (announced) log.info({ endpoint: endpoint.origin }, `IMDSv2 at ${endpoint.origin}: answers again`)
      announced = false
      return value
    } catch (error) {
      if (!closed) report(path, error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  /** One line when it starts to fail and one when it is given up; what is between is for debugging. */
  function report(path: string, error: Error): void {
    const own = paths.get(path) ?? createRetrySchedule(RETRY_MS, now)
    paths.set(path, own)
    const first = !announced && !own.failing()
    const wait = noteFailure(scopeOf(error), own)
    const loud = first || wait === undefined
    announced ||= loud
    const again =
      wait === undefined ? 'not asked again until restart' : `asked again in ${wait / 1_000} s at the earliest`
    log[!loud ? 'debug' : options.expected ? 'warn' : 'info'](
      { endpoint: endpoint.origin, path, err: error },
      `IMDSv2 at ${endpoint.origin}: ${error.message}; ${again}; region, account and ENI ids may be missing. ${adviceFor(error)}`,
    )
  }

  /** Returns how long to wait; undefined = for ever. */
  function noteFailure(scope: Scope, own: RetrySchedule): number | undefined {
    const ownWait = own.failed()
    if (scope === 'for good') return service.giveUp()
    if (scope === 'path') return ownWait
    return service.failed()
  }

  return {
    ask(path, parse) {
      const answer = queue.then(() => attempt(path, parse))
      queue = Promise.allSettled([answer])
      return answer
    },
    due,
    close() {
      closed = true
      connection.close()
    },
  }
}
