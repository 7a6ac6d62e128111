// A way from agents to a receiver that keeps each request with its answer, and that can be interrupted.
import { gunzipSync } from 'node:zlib'

import { decodeRequest } from '../../packages/agent/test/otlp/decode.ts'
import { type LoopbackServer, loopbackServer } from '../amp/loopback-server.ts'
import { type FlatPoint, flatPoints } from '../harness/points.ts'

export interface Recorded {
  readonly points: readonly FlatPoint[]
  readonly status: number
  /** Of the answer. */
  readonly body: string
}

export interface RecordedWay extends Pick<LoopbackServer, 'leave' | 'comeBack'>, AsyncDisposable {
  /** What the agent calls instead of the receiver, with the receiver's path. */
  readonly endpoint: string
  /** In the order of arrival. */
  readonly requests: () => Promise<readonly Recorded[]>
}

/** @param endpoint the receiver's: `http://127.0.0.1:41939/otlp` */
export async function recordedWay(endpoint: string): Promise<RecordedWay> {
  const { origin, pathname } = new URL(endpoint)
  const requests: Promise<Recorded>[] = []
  const server = await loopbackServer(async ({ target, headers, body }) => {
    const forwarded = forward(`${origin}${target}`, headers, body)
    requests.push(forwarded)
    const { status, body: text } = await forwarded
    return { status, body: text }
  })
  return {
    endpoint: `${server.url}${pathname}`,
    requests: () => Promise.all(requests),
    leave: server.leave,
    comeBack: server.comeBack,
    [Symbol.asyncDispose]: server.stop,
  }
}

async function forward(url: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Recorded> {
  const encoding = headers['content-encoding']
  const sent = encoding === 'gzip' ? gunzipSync(body) : body
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': headers['content-type']! },
    body: sent,
  })
  return { points: flatPoints([decodeRequest(sent)]), status: response.status, body: await response.text() }
}
