import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { openTransport, type TransportOptions } from '../../src/otlp/transport.ts'
import { type Collector, type CollectorOptions, PEM, startGrpcCollector, startHttpCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { transportOptions } from './transport-options.ts'

test('over gRPC a port that is usually HTTP’s is used as it is written', async () => {
  const { target, transport } = await openTransport(transportOptions({ endpoint: 'http://127.0.0.77:80' }))
  onTestFinished(() => transport.shutdown())
  expect(target).toBe('http://127.0.0.77:80')
  expect(await transport.send(oneRequest(), 5_000)).toMatchObject({
    status: 'retryable',
    error: { message: expect.stringContaining('127.0.0.77:80') },
  })
})

const PROTOCOLS = [
  ['grpc', startGrpcCollector],
  ['http/protobuf', startHttpCollector],
] as const

/** Pushes once and returns what arrived. */
async function push(collector: Collector, options: Partial<TransportOptions>): Promise<Collector['received']> {
  const { transport } = await openTransport(transportOptions({ ...options }))
  onTestFinished(() => transport.shutdown())
  await transport.send(oneRequest(), 5_000)
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

  test('a collector that asks for a certificate gets ours', async () => {
    const collector = await start({ tls: true, mutual: true } satisfies CollectorOptions)
    const identity = { certificate: PEM.authority, clientCertificate: PEM.client, clientKey: PEM.clientKey }
    expect(await push(collector, { ...at(collector.port, 'https://'), ...identity })).toHaveLength(1)
  })

  test('a refusal has the collector’s message, and the next request is sent all the same', async () => {
    const collector = await start({ answer: protocol === 'grpc' ? 16 : 401 })
    const { transport } = await openTransport(transportOptions(at(collector.port)))
    onTestFinished(() => transport.shutdown())
    const replies = [await transport.send(oneRequest(), 5_000), await transport.send(oneRequest(), 5_000)]
    const want = {
      status: 'failure',
      error: expect.objectContaining({ message: expect.stringMatching(/\(status (16|401)\)$/) }),
    }
    expect([...replies, collector.received.length]).toEqual([want, want, 2])
  })

  test('an answer of OTLP’s table is retryable', async () => {
    const collector = await start({ answer: protocol === 'grpc' ? 14 : 503 })
    const { transport } = await openTransport(transportOptions(at(collector.port)))
    onTestFinished(() => transport.shutdown())
    expect(await transport.send(oneRequest(), 5_000)).toMatchObject({ status: 'retryable' })
  })

  test('the body of a successful response is passed on, and nothing is printed', async () => {
    const printed = (['log', 'warn', 'error', 'info', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockReturnValue(undefined),
    )
    onTestFinished(() => void vi.restoreAllMocks())
    const response = Buffer.from('0a0708051203626164', 'hex')
    const collector = await start({ response })
    const { transport } = await openTransport(transportOptions(at(collector.port)))
    onTestFinished(() => transport.shutdown())
    expect(await transport.send(oneRequest(), 5_000)).toEqual({ status: 'success', data: response })
    expect(printed.flatMap(({ mock }) => mock.calls)).toEqual([])
  })

  test('a header file is read for each request, and its headers replace those of --header', async () => {
    const collector = await start()
    const headerFile = join(mkdtempSync(join(tmpdir(), 'ena-otel-headers-')), 'headers')
    onTestFinished(() => rmSync(dirname(headerFile), { recursive: true }))
    writeFileSync(headerFile, '# a comment\n\nAuthorization: Bearer a%==\nx-tenant=blue%20green\n')
    const options = transportOptions({ ...at(collector.port), header: ['authorization=no', 'x-own=1'], headerFile })
    const { transport } = await openTransport(options)
    onTestFinished(() => transport.shutdown())
    await transport.send(oneRequest(), 5_000)
    writeFileSync(headerFile, 'Authorization: Bearer b\r\n')
    await transport.send(oneRequest(), 5_000)
    expect(collector.received.map(({ headers }) => headers)).toMatchObject([
      { authorization: 'Bearer a%==', 'x-tenant': 'blue green', 'x-own': '1' },
      { authorization: 'Bearer b', 'x-own': '1' },
    ])
    rmSync(headerFile)
    expect(await transport.send(oneRequest(), 5_000)).toMatchObject({
      status: 'retryable',
      error: { message: expect.stringContaining('ENOENT') },
    })
  })

  test('certificates are not read for an endpoint in plain text', async () => {
    const collector = await start()
    const unused = { certificate: '/nowhere/ca.pem', clientCertificate: '/nowhere/a', clientKey: '/nowhere/b' }
    expect(await push(collector, { ...at(collector.port), ...unused })).toHaveLength(1)
  })

  test('the target is safe to print: without a password', async () => {
    const path = protocol === 'grpc' ? '' : '/v1/metrics'
    for (const scheme of ['http://', 'http://user:secret@'])
      expect(await openTransport(transportOptions(at(4317, scheme)))).toMatchObject({
        target: `http://127.0.0.1:4317${path}`,
      })
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
  const { transport } = await openTransport(transportOptions({ protocol: 'http/protobuf', endpoint }))
  for (let i = 0; i < 3; i++) await transport.send(oneRequest(), 5_000)
  expect([made, await connections()]).toEqual([1, 1])
  answer = 400
  for (let i = 0; i < 3; i++) await transport.send(oneRequest(), 5_000)
  await vi.waitFor(async () => expect(await connections()).toBe(0))
  answer = 200
  await transport.send(oneRequest(), 5_000)
  expect(await connections()).toBe(1)
  transport.shutdown()
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
  const { transport } = await openTransport(transportOptions({ endpoint, compression }))
  onTestFinished(() => transport.shutdown())
  await transport.send(oneRequest(), 5_000) // there is no message in the answer
  expect(await seen.promise).toEqual([encoding, flag])
})

test('without an endpoint there is no transport; with a certificate that can not be read a request fails', async () => {
  await expect(openTransport(transportOptions({}))).rejects.toThrow(new TypeError('a transport needs an endpoint'))
  const { transport } = await openTransport(transportOptions({ endpoint: 'https://a', certificate: '/nowhere/ca.pem' }))
  const response = await transport.send(Buffer.alloc(0), 1000)
  expect(response.status).toBe('retryable')
  expect(response).toMatchObject({
    error: { message: expect.stringContaining("ENOENT: no such file or directory, open '/nowhere/ca.pem'") },
  })
})
