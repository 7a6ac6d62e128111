// The way to a receiver for OTLP over gRPC.
import { once } from 'node:events'
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'

import { decodeRequest } from '../../packages/agent/test/otlp/decode.ts'
import { flatPoints } from '../harness/points.ts'
import { ALL_TAKEN, type Recorded, type RecordedWay } from './recorded-way.ts'

/** @param endpoint the receiver's: `http://127.0.0.1:41939` */
export async function recordedGrpcWay(endpoint: string): Promise<RecordedWay> {
  const receiver = connect(endpoint)
  const requests: Promise<Recorded>[] = []
  const sessions = new Set<ServerHttp2Session>()
  const server = createServer()
    .on('session', (session) => {
      sessions.add(session)
      session.once('close', () => sessions.delete(session))
    })
    .on('stream', (stream, headers) => requests.push(record(stream, headers, receiver)))
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const leave = async (): Promise<void> => {
    await Promise.all(requests)
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const session of sessions) session.destroy()
    await closed
  }
  const port = await listen(0)
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests: () => Promise.all(requests),
    leave,
    comeBack: async () => void (await listen(port)),
    [Symbol.asyncDispose]: async () => {
      await leave()
      receiver.destroy()
    },
  }
}

/** Passes a request and its answer on. gRPC's status is in the trailers, or in the headers where there is nothing else. */
async function record(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  receiver: ClientHttp2Session,
): Promise<Recorded> {
  const sent = await buffer(stream)
  const passed = receiver.request(headers)
  let answered: IncomingHttpHeaders = {}
  let trailers: IncomingHttpHeaders = {}
  passed.once('response', (received) => (answered = received))
  passed.once('trailers', (received) => (trailers = received))
  passed.end(sent)
  const answer = await buffer(passed)
  if (!stream.destroyed) {
    // The agent was not killed meanwhile.
    stream.respond(answered, { waitForTrailers: true })
    stream.once('wantTrailers', () => stream.sendTrailers(trailers))
    stream.end(answer)
  }
  const { 'grpc-status': status, 'grpc-message': reason } = { ...answered, ...trailers }
  const said = message(answer).toString()
  const isTaken = status === '0' && ALL_TAKEN.has(said)
  return {
    points: flatPoints([decodeRequest(message(sent))]),
    refusal: isTaken ? undefined : `${String(status)} ${String(reason)} ${said}`,
  }
}

/** The one message of a request or an answer: after a flag (1: gzip) and four bytes of length. */
function message(body: Buffer): Buffer {
  return body[0] === 1 ? gunzipSync(body.subarray(5)) : body.subarray(5)
}
