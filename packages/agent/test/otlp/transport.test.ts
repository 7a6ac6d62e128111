import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { openTransport, type TransportOptions } from '../../src/otlp/transport.ts'
import { type Collector, type CollectorOptions, PEM, startGrpcCollector, startHttpCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

test('over gRPC a port that is usually HTTP’s is taken as it is written', async () => {
  const transport = await openTransport(transportOptions({ endpoint: 'http://127.0.0.77:80', timeout: 2_000 }), false)
  onTestFinished(() => transport.close())
  expect(transport.target).toBe('http://127.0.0.77:80')
  expect(await transport.send(oneRequest())).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining('127.0.0.77:80'),
  })
})

const PROTOCOLS = [
  ['grpc', startGrpcCollector],
  ['http/protobuf', startHttpCollector],
] as const

/** Pushes once and returns what arrived. */
async function push(collector: Collector, options: Partial<TransportOptions>): Promise<Collector['received']> {
  const transport = await openTransport(transportOptions({ timeout: 5_000, ...options }), false)
  onTestFinished(() => transport.close())
  await transport.send(oneRequest())
  return collector.received
}

const EXPECTED = oneRequest()

describe.each(PROTOCOLS)('over %s', (protocol, start) => {
  const at = (port: number, scheme = 'http://'): Partial<TransportOptions> => ({
    protocol,
    endpoint: `${scheme}127.0.0.1:${port}`,
  })

  test('an export arrives whole', async () => {
    const collector = await start()
    const received = await push(collector, at(collector.port))
    expect(received.map(({ path, body }) => [path, body.equals(EXPECTED)])).toEqual([
      [
        protocol === 'grpc' ? '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export' : 'POST /v1/metrics',
        true,
      ],
    ])
  })

  test.each(['gzip', 'none'] as const)('an export arrives whole with compression %s', async (compression) => {
    const collector = await start()
    const [received] = await push(collector, { ...at(collector.port), compression })
    expect(received?.body.equals(EXPECTED)).toBe(true)
  })

  test('headers arrive decoded, of two with one name the last', async () => {
    const collector = await start()
    const header = ['Authorization=Bearer%20a%2Cb%3D', 'x-tenant = one ', 'x-empty=', 'x-twice=1', 'x-twice=2']
    const [received] = await push(collector, { ...at(collector.port), header })
    expect(received?.headers).toMatchObject({
      authorization: 'Bearer a,b=',
      'x-tenant': 'one',
      'x-empty': '',
      'x-twice': '2',
    })
  })

  test('the environment is not read a second time: it was when the options were chosen', async () => {
    for (const signal of ['', 'METRICS_']) {
      vi.stubEnv(`OTEL_EXPORTER_OTLP_${signal}HEADERS`, 'x-leak=1')
      vi.stubEnv(`OTEL_EXPORTER_OTLP_${signal}ENDPOINT`, 'http://127.0.0.1:1')
      vi.stubEnv(`OTEL_EXPORTER_OTLP_${signal}COMPRESSION`, 'gzip')
      vi.stubEnv(`OTEL_EXPORTER_OTLP_${signal}TIMEOUT`, '1')
    }
    onTestFinished(() => void vi.unstubAllEnvs())
    const collector = await start()
    const [received] = await push(collector, { ...at(collector.port), compression: 'none', header: ['x-own=1'] })
    expect(received?.headers).toMatchObject({ 'x-own': '1' })
    expect(Object.keys(received?.headers ?? {})).not.toContain('x-leak')
    expect(process.env['OTEL_EXPORTER_OTLP_HEADERS']).toBe('x-leak=1')
  })

  test.each<[scheme: string, insecure: boolean, encrypted: boolean]>([
    ['http://', false, false],
    ['http://', true, false],
    ['HTTP://', false, false],
    ['https://', false, true],
    ['https://', true, true],
    ['HTTPS://', true, true],
    ['', false, true],
    // OTEL_EXPORTER_OTLP_INSECURE is about gRPC only.
    ['', true, protocol !== 'grpc'],
  ])('%jhost with insecure %s is encrypted: %s', async (scheme, insecure, tls) => {
    const collector = await start({ tls })
    const received = await push(collector, { ...at(collector.port, scheme), insecure, certificate: PEM.authority })
    expect(received).toHaveLength(1)
  })

  test('a collector that wants a certificate gets ours', async () => {
    const collector = await start({ tls: true, mutual: true } satisfies CollectorOptions)
    const identity = { certificate: PEM.authority, clientCertificate: PEM.client, clientKey: PEM.clientKey }
    expect(await push(collector, { ...at(collector.port, 'https://'), ...identity })).toHaveLength(1)
  })

  test('a refusal is told in the collector’s words, and the next request is tried anew', async () => {
    const collector = await start({ answer: protocol === 'grpc' ? 16 : 401 })
    const transport = await openTransport(transportOptions(at(collector.port)), false)
    onTestFinished(() => transport.close())
    const replies = [await transport.send(oneRequest()), await transport.send(oneRequest())]
    const want = { outcome: 'refused', reason: expect.stringMatching(/\(status (16|401)\)$/) }
    expect([...replies, collector.received.length]).toEqual([want, want, 2])
  })

  test('a collector that can not take it now is asked again later', async () => {
    const collector = await start({ answer: protocol === 'grpc' ? 14 : 503 })
    const transport = await openTransport(transportOptions(at(collector.port)), false)
    onTestFinished(() => transport.close())
    expect(await transport.send(oneRequest())).toMatchObject({ outcome: 'failed', waitMs: undefined })
  })

  test.each<[what: string, response: Buffer, want: unknown]>([
    // message ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; } as field 1
    ['of points', Buffer.from('0a0708051203626164', 'hex'), { rejected: 5, message: 'bad' }],
    ['of points, without a reason', Buffer.from('0a020805', 'hex'), { rejected: 5, message: '' }],
    ['of nothing, with a warning', Buffer.from('0a051203626164', 'hex'), { rejected: 0, message: 'bad' }],
    ['of nothing', Buffer.from('0a00', 'hex'), { rejected: 0, message: '' }],
    [
      'that can not be read',
      Buffer.from('ffff', 'hex'),
      { rejected: 0, message: 'its answer is not OTLP: is it a collector?' },
    ],
  ])('a rejection %s is in the reply, and nothing is printed', async (_what, response, want) => {
    const printed = (['log', 'warn', 'error', 'info', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockReturnValue(undefined),
    )
    onTestFinished(() => void vi.restoreAllMocks())
    const collector = await start({ response })
    const transport = await openTransport(transportOptions(at(collector.port)), false)
    onTestFinished(() => transport.close())
    const taken = Object.assign({ outcome: 'taken' }, want)
    expect([await transport.send(oneRequest()), await transport.send(oneRequest())]).toEqual([taken, taken])
    expect(printed.flatMap(({ mock }) => mock.calls)).toEqual([])
  })

  test('a request that is taken whole has nothing refused', async () => {
    const collector = await start()
    const transport = await openTransport(transportOptions(at(collector.port)), false)
    onTestFinished(() => transport.close())
    expect(await transport.send(oneRequest())).toEqual({ outcome: 'taken', rejected: 0, message: '' })
  })

  test('the target is what people are shown, without a password', async () => {
    const transport = await openTransport(transportOptions(at(4317)), false)
    onTestFinished(() => transport.close())
    const path = protocol === 'grpc' ? '' : '/v1/metrics'
    expect(transport.target).toBe(`http://127.0.0.1:4317${path}`)
    const secret = await openTransport(transportOptions(at(4317, 'http://user:secret@')), false)
    onTestFinished(() => secret.close())
    expect(secret.target).toBe(`http://127.0.0.1:4317${path}`)
  })
})

test('over http/protobuf there is one connection, and after a failure or the end none', async () => {
  let answer = 200
  let made = 0
  const server = createHttpServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer).end())
  })
  server.keepAliveTimeout = 60_000
  server.on('connection', () => made++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const connections = promisify(server.getConnections.bind(server))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = await openTransport(transportOptions({ protocol: 'http/protobuf', endpoint }), false)
  for (let i = 0; i < 3; i++) await transport.send(oneRequest())
  expect([made, await connections()]).toEqual([1, 1])
  answer = 400
  for (let i = 0; i < 3; i++) await transport.send(oneRequest())
  await vi.waitFor(async () => expect(await connections()).toBe(0))
  answer = 200
  await transport.send(oneRequest())
  expect(await connections()).toBe(1)
  transport.close()
  await vi.waitFor(async () => expect(await connections()).toBe(0))
})

test.each([
  ['gzip', 'gzip'],
  ['none', undefined],
] as const)('over http/protobuf compression %s has the content encoding %s', async (compression, encoding) => {
  const collector = await startHttpCollector()
  const [received] = await push(collector, {
    protocol: 'http/protobuf',
    endpoint: `http://127.0.0.1:${collector.port}`,
    compression,
  })
  expect(received?.headers['content-encoding']).toBe(encoding)
})

test.each([
  ['gzip', 'gzip', 1],
  ['none', 'identity', 0],
] as const)('over grpc compression %s has the encoding %s and the flag %d', async (compression, encoding, flag) => {
  // A gRPC server hides this from its handlers, so the far end is bare HTTP/2: a message is a flag, its length and its bytes.
  const seen = Promise.withResolvers<readonly [encoding: string, flag: number | undefined]>()
  const server = createServer()
  server.on('stream', (stream, headers) => {
    stream.once('data', (frame: Buffer) => {
      seen.resolve([String(headers['grpc-encoding'] ?? 'identity'), frame[0]])
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = await openTransport(transportOptions({ endpoint, compression }), false)
  onTestFinished(() => transport.close())
  await transport.send(oneRequest()) // there is no message in the answer
  expect(await seen.promise).toEqual([encoding, flag])
})

test('without an endpoint there is no transport, nor with a certificate that can not be read', async () => {
  await expect(openTransport(transportOptions({}), false)).rejects.toThrow(
    new TypeError('a transport needs an endpoint'),
  )
  await expect(
    openTransport(transportOptions({ endpoint: 'https://a', certificate: '/nowhere/ca.pem' }), false),
  ).rejects.toThrow(expect.objectContaining({ code: 'ENOENT', path: '/nowhere/ca.pem' }))
})
