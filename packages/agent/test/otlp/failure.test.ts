import { expect, test } from 'vitest'

import type { Config } from '../../src/config/options.ts'
import { failureReason } from '../../src/otlp/failure.ts'
import { type Collector, PEM, PROTOCOLS, startGrpcCollector, startHttpCollector } from './collector.ts'
import { push } from './open-transport.ts'

/** Why a push to this endpoint fails, the port written as PORT. */
async function reason(protocol: Config['protocol'], endpoint: string, timeoutMillis = 2_000): Promise<string> {
  const response = await push({ protocol, endpoint }, timeoutMillis)
  if (response.status === 'success') expect.fail('it was accepted')
  return String(response.error?.message).replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
}

const url = ({ port }: Collector): string => `http://127.0.0.1:${port}`

test.each([
  [
    'write EPROTO 4013BB03D17F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/a.c:78:\n',
    'TLS: wrong version number',
  ],
  [
    '40B36884A37F0000:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/openssl/a.c:918:SSL alert number 116',
    'TLS: tlsv13 alert certificate required',
  ],
  ['error:05800074:x509 certificate routines::key values mismatch', 'TLS: key values mismatch'],
])('the same failure reads the same in another thread: %#', (message, want) => {
  expect(
    failureReason(new Error(message), { protocol: 'grpc', endpoint: 'https://a:4317', certificate: undefined }),
  ).toBe(want)
})

test.each<[protocol: Config['protocol'], endpoint: string, hint: string]>([
  ['grpc', 'http://a:4318', ' (4318 is usually OTLP/HTTP: try --protocol http/protobuf, or port 4317)'],
  ['http/protobuf', 'https://a:4317/otlp', ' (4317 is usually OTLP/gRPC: try --protocol grpc, or port 4318)'],
  ['grpc', 'http://a:4317', ''],
  ['grpc', 'http://a:43180', ''],
  ['http/protobuf', 'http://a:4318', ''],
])('%s to %s has the hint %j', (protocol, endpoint, hint) => {
  expect(failureReason(new Error('it failed'), { protocol, endpoint, certificate: undefined })).toBe(`it failed${hint}`)
})

test.each(['Permanent error: remote write request failed (status 13)', 'Permanent error: remote write request failed'])(
  'what a collector says of a store that refuses has the place of the reason: %j',
  (said) => {
    expect(
      failureReason(new Error(said), { protocol: 'grpc', endpoint: 'http://a:4317', certificate: undefined }),
    ).toBe(`${said}: the store refuses them; the collector's log has its status and reason`)
  },
)

test('gRPC to an HTTP receiver and HTTP to a gRPC receiver fail with a reason', async () => {
  const grpc = await startGrpcCollector()
  const http = await startHttpCollector()
  expect(await reason('grpc', url(http))).toMatch(/^the server does not speak HTTP\/2/)
  expect(await reason('http/protobuf', url(grpc))).not.toBe('')
})

test.each(PROTOCOLS)('over %s failures of the connection and of TLS have a reason', async (protocol, start) => {
  const plain = await start()
  const encrypted = await start({ tls: true })
  // Nothing listens on port 1.
  expect(await reason(protocol, 'http://127.0.0.1:1')).toBe('connect ECONNREFUSED 127.0.0.1:PORT')
  expect(await reason(protocol, `https://127.0.0.1:${plain.port}`)).toMatch(/SSL|TLS|wrong version|packet length/i)
  expect(await reason(protocol, `https://127.0.0.1:${encrypted.port}`)).toMatch(/certificate/)
})

// The certificate is for 127.0.0.1 and localhost. Loopback answers at every address of 127/8.
test.each([
  ['127.0.0.1', 'success', undefined],
  ['localhost', 'success', undefined],
  ['127.0.0.2', 'retryable', expect.stringContaining("IP: 127.0.0.2 is not in the cert's list")],
  ['[::ffff:127.0.0.1]', 'retryable', expect.stringContaining("is not in the cert's list")],
])('a collector at %s with a certificate for 127.0.0.1 and localhost: %s', async (host, status, message) => {
  const { port } = await startGrpcCollector({ tls: true, host: host === '127.0.0.2' ? host : '127.0.0.1' })
  const response = await push({ endpoint: `https://${host}:${port}`, certificate: PEM.authority })
  expect([response.status, (response as { error?: Error }).error?.message]).toEqual([status, message])
})

test('a request that is not answered ends after the timeout', async () => {
  const reasonsOf = PROTOCOLS.map(async ([protocol, start]) =>
    reason(protocol, url(await start({ answer: 'hang' })), 100),
  )
  expect(await Promise.all(reasonsOf)).toEqual(['Deadline exceeded (status 4)', 'Request timed out'])
})

test.each<[error: Error, want: string]>([
  [new Error('first\nsecond'), 'first'],
  [new Error('\r\n first\r\nsecond'), 'first'],
  [new AggregateError([new Error('connect ::1'), new Error('connect 127.0.0.1')]), 'connect 127.0.0.1, connect ::1'],
  // DNS gives the addresses of a name in another order each time, and the same failure is logged once.
  [new AggregateError([new Error('connect 127.0.0.1'), new Error('connect ::1')]), 'connect 127.0.0.1, connect ::1'],
])('%j becomes one line', (error, want) => {
  expect(failureReason(error, { protocol: 'grpc', endpoint: 'http://a:1', certificate: undefined })).toBe(want)
})
