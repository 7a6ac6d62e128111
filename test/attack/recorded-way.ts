// A way from agents to a receiver that keeps each request with its answer, and that can be interrupted. This one is for OTLP over HTTP.
import { gunzipSync } from 'node:zlib'

import { decodeRequest } from '../../packages/agent/test/otlp/decode.ts'
import { type LoopbackServer, loopbackServer } from '../amp/loopback-server.ts'
import { type FlatPoint, flatPoints } from '../harness/points.ts'

export interface Recorded {
  readonly points: readonly FlatPoint[]
  /** What the receiver said instead of taking all of it; `undefined` when it took all. */
  readonly refusal: string | undefined
}

export interface RecordedWay extends Pick<LoopbackServer, 'comeBack'>, AsyncDisposable {
  /** What the agent calls instead of the receiver, with the receiver's path. */
  readonly endpoint: string
  /** In the order of arrival. */
  readonly requests: () => Promise<readonly Recorded[]>
  /** New connections are refused from now on. Requests in flight are answered first: the agent would send them again. */
  readonly leave: () => Promise<void>
}

/** @param endpoint the receiver's: `http://127.0.0.1:41939/otlp` */
export async function recordedWay(endpoint: string): Promise<RecordedWay> {
  const { origin, pathname } = new URL(endpoint)
  const requests: Promise<Recorded>[] = []
  const server = await loopbackServer(async ({ target, headers, body }) => {
    const sent = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const answered = forward(`${origin}${target}`, headers['content-type']!, sent)
    requests.push(answered.then((answer) => recorded(sent, answer)))
    return answered
  })
  return {
    endpoint: `${server.url}${pathname}`,
    requests: () => Promise.all(requests),
    leave: async () => {
      await Promise.all(requests)
      await server.leave()
    },
    comeBack: server.comeBack,
    [Symbol.asyncDispose]: server.stop,
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

async function forward(url: string, contentType: string, body: Buffer): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body })
  return { status: response.status, body: await response.text() }
}

/** Messages of success: without any field, or (from the collector) with an empty partial_success. */
export const ALL_TAKEN: ReadonlySet<string> = new Set(['', '\n\0'])

function recorded(message: Buffer, { status, body }: Answer): Recorded {
  const isTaken = status === 200 && ALL_TAKEN.has(body)
  return { points: flatPoints([decodeRequest(message)]), refusal: isTaken ? undefined : `${status} ${body}` }
}
