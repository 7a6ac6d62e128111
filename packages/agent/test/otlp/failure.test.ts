import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'

import { expect, onTestFinished, test } from 'vitest'

import { failureReason } from '../../src/otlp/failure.ts'
import { openTransport } from '../../src/otlp/transport.ts'
import { type Collector, startGrpcCollector, startHttpCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

type Protocol = 'grpc' | 'http/protobuf'

/** Why a push to this endpoint fails, the port written as PORT. */
async function reason(protocol: Protocol, endpoint: string, more = {}): Promise<string> {
  const transport = await openTransport(transportOptions({ protocol, endpoint, timeout: 2_000, ...more }), false)
  onTestFinished(() => transport.close())
  const reply = await transport.send(oneRequest())
  if (reply.outcome === 'taken') expect.fail('it was taken')
  return reply.reason.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
}

const url = ({ port }: Collector): string => `http://127.0.0.1:${port}`

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test.each<[protocol: Protocol, want: RegExp]>([
  ['grpc', /^connect ECONNREFUSED 127\.0\.0\.1:PORT$/],
  ['http/protobuf', /^connect ECONNREFUSED 127\.0\.0\.1:PORT$/],
])('over %s a collector that is not there is refused, with its address', async (protocol, want) => {
  expect(await reason(protocol, `http://127.0.0.1:${await closedPort()}`)).toMatch(want)
})

test('a collector that wants to know who we are is told with its own words and status', async () => {
  const grpc = await startGrpcCollector({ answer: 16, message: 'missing bearer token' })
  const http = await startHttpCollector({ answer: 401, message: 'missing bearer token' })
  expect([await reason('grpc', url(grpc)), await reason('http/protobuf', url(http))]).toEqual([
    'missing bearer token (status 16)',
    'Unauthorized (status 401)',
  ])
})

test.each([
  [
    'write EPROTO 4013BB03D17F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/a.c:78:\n',
    'TLS: wrong version number',
  ],
  [
    '40B36884A37F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/a.c:918:SSL alert number 116',
    'TLS: tlsv13 alert certificate required',
  ],
])('the same failure reads the same in another thread: %#', (message, want) => {
  expect(failureReason(new Error(message), { protocol: 'grpc', endpoint: 'https://a:4317' })).toBe(want)
})

test('each protocol on the other one’s usual port gets a hint', () => {
  const error = { message: 'it failed' }
  const hints = [
    failureReason(error, { protocol: 'grpc', endpoint: 'http://a:4318' }),
    failureReason(error, { protocol: 'http/protobuf', endpoint: 'https://a:4317/otlp' }),
    failureReason(error, { protocol: 'grpc', endpoint: 'http://a:4317' }),
    failureReason(error, { protocol: 'grpc', endpoint: 'http://a:43180' }),
    failureReason(error, { protocol: 'http/protobuf', endpoint: 'http://a:4318' }),
  ]
  expect(hints).toEqual([
    'it failed (4318 is usually OTLP/HTTP: try --protocol http/protobuf, or port 4317)',
    'it failed (4317 is usually OTLP/gRPC: try --protocol grpc, or port 4318)',
    'it failed',
    'it failed',
    'it failed',
  ])
})

test('gRPC to an HTTP receiver, and HTTP to a gRPC one, fail with a reason', async () => {
  const grpc = await startGrpcCollector()
  const http = await startHttpCollector()
  expect(await reason('grpc', `http://127.0.0.1:${http.port}`)).toBe('Protocol error')
  expect(await reason('http/protobuf', `http://127.0.0.1:${grpc.port}`)).not.toBe('')
})

test.each<[protocol: Protocol, start: () => Promise<Collector>]>([
  ['grpc', startGrpcCollector],
  ['http/protobuf', startHttpCollector],
])('TLS to a collector that talks plain %s fails with a reason', async (protocol, start) => {
  const { port } = await start()
  expect(await reason(protocol, `https://127.0.0.1:${port}`)).toMatch(/SSL|TLS|wrong version|packet length/i)
})

test.each<[protocol: Protocol, start: (options: { tls: true }) => Promise<Collector>]>([
  ['grpc', startGrpcCollector],
  ['http/protobuf', startHttpCollector],
])('over %s a certificate of an unknown authority is refused', async (protocol, start) => {
  const { port } = await start({ tls: true })
  expect(await reason(protocol, `https://127.0.0.1:${port}`)).toMatch(/certificate/)
})

test('what hangs is over after the timeout', async () => {
  const grpc = await startGrpcCollector({ answer: 'hang' })
  const http = await startHttpCollector({ answer: 'hang' })
  const reasons = [
    await reason('grpc', `http://127.0.0.1:${grpc.port}`, { timeout: 100 }),
    await reason('http/protobuf', `http://127.0.0.1:${http.port}`, { timeout: 100 }),
  ]
  expect(reasons).toEqual(['Deadline exceeded (status 4)', 'Request timed out'])
})

test.each<[error: unknown, want: string]>([
  [{ message: 'first\nsecond' }, 'first'],
  [new AggregateError([new Error('connect ::1'), new Error('connect 127.0.0.1')]), 'connect 127.0.0.1, connect ::1'],
  // DNS gives the addresses of a name in another order each time, and the same failure is logged once.
  [new AggregateError([new Error('connect 127.0.0.1'), new Error('connect ::1')]), 'connect 127.0.0.1, connect ::1'],
  ['only a text', 'only a text'],
])('%j is told as one line', (error, want) => {
  expect(failureReason(error, { protocol: 'grpc', endpoint: 'http://a:1' })).toBe(want)
})
