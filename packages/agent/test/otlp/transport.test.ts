import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:http2'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { DEFAULTS } from '../../src/config/options.ts'
import type { Config } from '../../src/config/options.ts'
import { openTransport } from '../../src/otlp/transport.ts'
import { listen, PEM, PROTOCOLS, startHttpCollector } from './collector.ts'
import { oneRequest } from './metrics.ts'
import { open, push } from './open-transport.ts'

describe.each(PROTOCOLS)('over %s', (protocol, start) => {
  const at = (port: number, scheme = 'http://'): Partial<Config> => ({
    protocol,
    endpoint: `${scheme}127.0.0.1:${port}`,
  })

  test.each(['gzip', 'none'] as const)('an export arrives whole with compression %s', async (compression) => {
    const collector = await start()
    await push({ ...at(collector.port), compression })
    const service = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
    expect(collector.received.map(({ path, body }) => [path, body.equals(oneRequest())])).toEqual([
      [protocol === 'grpc' ? service : 'POST /v1/metrics', true],
    ])
  })

  test('headers arrive decoded, the last one of each name, and none from the environment', async () => {
    // The configuration has read the environment.
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-leak=1')
    vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_HEADERS', 'x-leak=1')
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:1')
    onTestFinished(() => void vi.unstubAllEnvs())
    const collector = await start()
    const header = ['Authorization=Bearer%20a%2Cb%3D', 'x-tenant = one ', 'x-empty=', 'x-twice=1', 'x-twice=2']
    await push({ ...at(collector.port), header })
    const { headers } = collector.received[0]!
    expect(headers).toMatchObject({ authorization: 'Bearer a,b=', 'x-tenant': 'one', 'x-empty': '', 'x-twice': '2' })
    expect(Object.keys(headers)).not.toContain('x-leak')
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
    const { port } = await start({ tls })
    const response = await push({ ...at(port, scheme), insecure, certificate: PEM.authority })
    expect(response.status).toBe('success')
  })

  test('the client certificate is sent to a collector that requires one', async () => {
    const { port } = await start({ tls: true, mutual: true })
    const identity = { certificate: PEM.authority, clientCertificate: PEM.client, clientKey: PEM.clientKey }
    expect((await push({ ...at(port, 'https://'), ...identity })).status).toBe('success')
  })

  test('certificates are not read for an endpoint in plain text, and fail a request over TLS', async () => {
    const { port } = await start()
    const unreadable = { certificate: '/nowhere/ca.pem', clientCertificate: '/nowhere/a', clientKey: '/nowhere/b' }
    expect((await push({ ...at(port), ...unreadable })).status).toBe('success')
    expect(await push({ ...at(port, 'https://'), ...unreadable })).toMatchObject({
      status: 'retryable',
      error: { message: "ENOENT: no such file or directory, open '/nowhere/ca.pem'" },
    })
  })

  test('a refusal has the collector’s message, and the next request is sent', async () => {
    const collector = await start({ answer: protocol === 'grpc' ? 16 : 401, message: 'missing bearer token' })
    const transport = await open(at(collector.port))
    const responses = [await transport.send(oneRequest(), 5_000), await transport.send(oneRequest(), 5_000)]
    const message =
      protocol === 'grpc' ? 'missing bearer token (status 16)' : 'Unauthorized (status 401): missing bearer token'
    const refusal = { status: 'failure', error: new Error(message) }
    expect([...responses, collector.received.length]).toEqual([refusal, refusal, 2])
  })

  test('an answer of OTLP’s table is retryable', async () => {
    const { port } = await start({ answer: protocol === 'grpc' ? 14 : 503 })
    expect(await push(at(port))).toMatchObject({ status: 'retryable' })
  })

  test('the body of a successful response is passed on, and nothing is printed', async () => {
    const names = ['log', 'warn', 'error', 'info', 'debug'] as const
    const printed = names.map((name) => vi.spyOn(console, name).mockReturnValue(undefined))
    onTestFinished(() => void vi.restoreAllMocks())
    const response = Buffer.from('0a0708051203626164', 'hex')
    const { port } = await start({ response })
    expect(await push(at(port))).toEqual({ status: 'success', data: response })
    expect(printed.flatMap(({ mock }) => mock.calls)).toEqual([])
  })

  test('a header file is read for each request, and its headers replace those of --header', async () => {
    const collector = await start()
    const headerFile = join(mkdtempSync(join(tmpdir(), 'ena-otel-headers-')), 'headers')
    onTestFinished(() => rmSync(dirname(headerFile), { recursive: true }))
    writeFileSync(headerFile, '# a comment\n\nAuthorization: Bearer a%==\nx-tenant=blue%20green\n')
    const transport = await open({ ...at(collector.port), header: ['authorization=no', 'x-own=1'], headerFile })
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

  test.each(['http://', 'http://user:secret@'])('the target of %j is safe to print', async (scheme) => {
    const path = protocol === 'grpc' ? '' : '/v1/metrics'
    const { target } = await openTransport({ ...DEFAULTS, ...at(4317, scheme) })
    expect(target).toBe(`${scheme.replace('user:secret@', '…@')}127.0.0.1:4317${path}`)
  })
})

test('over gRPC a port that is usually HTTP’s is used as it is written', async () => {
  expect(await push({ endpoint: 'http://127.0.0.77:80' })).toMatchObject({
    status: 'retryable',
    error: { message: expect.stringContaining('127.0.0.77:80') },
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
  const connections = promisify(server.getConnections.bind(server))
  const transport = await open({ protocol: 'http/protobuf', endpoint: `http://127.0.0.1:${await listen(server)}` })
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
  ['gzip', 'gzip', 1],
  ['none', undefined, 0],
] as const)('compression %s has the encoding %s, over gRPC with the flag %d', async (compression, encoding, flag) => {
  const collector = await startHttpCollector()
  await push({ protocol: 'http/protobuf', endpoint: `http://127.0.0.1:${collector.port}`, compression })
  expect(collector.received[0]?.headers['content-encoding']).toBe(encoding)
  // A gRPC server hides this from its handlers. On bare HTTP/2, a message is a flag, its length and its bytes.
  const seen = Promise.withResolvers<readonly [encoding: unknown, flag: number | undefined]>()
  const server = createServer()
  server.on('stream', (stream, headers) => {
    stream.once('data', (frame: Buffer) => {
      seen.resolve([headers['grpc-encoding'], frame[0]])
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true })
    })
  })
  await push({ endpoint: `http://127.0.0.1:${await listen(server)}`, compression }) // there is no message in the answer
  expect(await seen.promise).toEqual([encoding, flag])
})

test('a request over gRPC has no deadline: a collector reports its end as a permanent error, and the points would be dropped', async () => {
  const seen = Promise.withResolvers<unknown>()
  const server = createServer()
  server.on('stream', (stream, headers) => {
    seen.resolve(headers['grpc-timeout'])
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true })
  })
  await push({ endpoint: `http://127.0.0.1:${await listen(server)}` })
  expect(await seen.promise).toBeUndefined()
})

test('without an endpoint there is no transport', async () => {
  await expect(openTransport(DEFAULTS)).rejects.toThrow(new TypeError('a transport needs an endpoint'))
})
