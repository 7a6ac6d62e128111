// One HTTP request to the instance metadata service. node:http with an agent of its own and not fetch: with NODE_USE_ENV_PROXY fetch would send
// link-local requests to a proxy; and the requests at start share one connection, which saves packets of the link-local allowance.

import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface ImdsAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface ImdsConnection {
  /** The answer, whatever its status. @throws Error (rejects) when there is none within the time, or the connection fails. */
  send(method: 'GET' | 'PUT', path: string, headers: Readonly<Record<string, string>>): Promise<ImdsAnswer>
  close(): void
}

export interface ImdsConnectionOptions {
  readonly endpoint: URL
  readonly timeoutMs: number
  /** A signal that aborts after so many milliseconds; `AbortSignal.timeout`. */
  readonly deadline: (ms: number) => AbortSignal
}

/** Answers are a few hundred bytes; what is longer isn't IMDS. */
const MAX_BODY_LENGTH = 65_536

/** A connection that is opened by the first request and let go of after `timeoutMs` without one. */
export function openImdsConnection({ endpoint, timeoutMs, deadline }: ImdsConnectionOptions): ImdsConnection {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: timeoutMs })
  const closing = new AbortController()
  return {
    async send(method, path, headers) {
      const tooLate = deadline(timeoutMs)
      const signal = AbortSignal.any([tooLate, closing.signal])
      const url = new URL(endpoint.pathname.replace(/\/$/, '') + path, endpoint)
      try {
        return await exchange(url, { method, headers, agent, signal })
      } catch (error) {
        if (tooLate.aborted) throw new Error(`no answer within ${timeoutMs} ms`, { cause: error })
        throw error
      }
    },
    close() {
      closing.abort()
      agent.destroy()
    },
  }
}

type Exchange = { method: string; headers: Readonly<Record<string, string>>; agent: Agent; signal: AbortSignal }

async function exchange(url: URL, { method, headers, agent, signal }: Exchange): Promise<ImdsAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  // An empty PUT must say that it is empty, or Node sends it chunked.
  const length = method === 'PUT' ? { 'content-length': '0' } : {}
  request(url, { method, headers: { ...headers, ...length }, agent, signal }, resolve)
    .on('error', reject)
    .end()
  const response = await promise
  response.setEncoding('utf8')
  let body = ''
  for await (const chunk of response) {
    body += String(chunk)
    if (body.length > MAX_BODY_LENGTH) throw new Error(`answer of more than ${MAX_BODY_LENGTH} characters`)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body }
}
