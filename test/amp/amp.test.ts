// Each rule that the stand-in keeps, broken once; the sources of the rules stand where they are written.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { writeCertificates } from '../certificates.ts'
import { orSkip } from '../not-here.ts'
import { prometheus } from '../tools/prometheus.ts'
import { amp } from './amp.ts'
import { push, series } from './push.ts'
import { query } from './query.ts'
import { maxRequestBytes } from './remote-write.ts'
import { encode } from './write-request.ts'

beforeAll(prometheus) // the first time, that takes longer than a test may

const second = 1000
const label = { name: '__name__', value: 'up' }
/** In ms, whole seconds ago. */
const ago = (seconds: number): number => (Math.floor(Date.now() / second) - seconds) * second
const sample = (value: number, timestamp = ago(0)): { value: number; timestamp: number } => ({ value, timestamp })

test('what is written rightly can be queried, with its labels, value and time', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const timestamp = ago(10)
  expect(await push(workspace, [series('drops_total', [sample(41, timestamp)], { node: 'a' })])).toBe('200')
  expect({
    value: await workspace.query('drops_total'),
    timestamp: await workspace.query('timestamp(drops_total)'),
    none: await workspace.query('something_else'),
    answers: workspace.answers(),
  }).toEqual({
    value: [{ labels: { __name__: 'drops_total', node: 'a' }, value: 41, time: expect.any(Number) }],
    timestamp: [{ labels: { node: 'a' }, value: timestamp / second, time: expect.any(Number) }],
    none: [],
    answers: [{ at: expect.any(Number), status: 200, reason: undefined, bytes: expect.any(Number), samples: 1 }],
  })
})

test('a signature that does not hold is refused with 403, for writing and for reading', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const { credentials } = workspace.scope
  const written = [series('up', [sample(1)])]
  const unsigned = (path: string): Promise<Response> => fetch(workspace.url + path, { method: 'POST', body: '' })
  expect({
    key: await push(workspace, written, {
      scope: { ...workspace.scope, credentials: { ...credentials, secretAccessKey: 'x' } },
    }),
    service: await push(workspace, written, { scope: { ...workspace.scope, service: 'execute-api' } }),
    region: await push(workspace, written, { scope: { ...workspace.scope, region: 'us-east-1' } }),
    late: await push(workspace, written, { date: new Date(ago(310)) }),
    early: await push(workspace, written, { date: new Date(ago(-310)) }),
    unsigned: (await unsigned('/api/v1/remote_write')).status,
    unsignedQuery: (await unsigned('/api/v1/query?query=up')).status,
    stored: await workspace.query('up'),
  }).toEqual({
    key: expect.stringMatching(/^403 .*does not match/),
    service: expect.stringMatching(/^403 .*scoped to .*\/eu-central-1\/aps\/aws4_request/),
    region: expect.stringMatching(/^403 .*scoped to .*\/eu-central-1\/aps\/aws4_request/),
    late: expect.stringMatching(/^403 .*5 min/),
    early: expect.stringMatching(/^403 .*5 min/),
    unsigned: 403,
    unsignedQuery: 403,
    stored: [],
  })
})

test('a body that is not snappy, not protobuf, wrongly labelled or said to be something else is refused', async ({
  skip,
}) => {
  await using workspace = orSkip(await amp(), skip)
  const written = [series('up', [sample(1)])]
  expect({
    notSnappy: await push(workspace, [], { body: Buffer.from('{}') }),
    notProtobuf: await push(workspace, [], { body: Buffer.from('0204ffff', 'hex') }), // two bytes, ff ff
    encoding: await push(workspace, written, { headers: { 'content-encoding': 'gzip' } }),
    type: await push(workspace, written, { headers: { 'content-type': 'application/json' } }),
    version: await push(workspace, written, { headers: { 'x-prometheus-remote-write-version': '2.0.0' } }),
    unordered: await push(workspace, [series('up', [sample(1)], { b: '', a: '' })]),
    double: await push(workspace, [{ labels: [label, label], samples: [sample(1)] }]),
    nameless: await push(workspace, [{ labels: [{ name: 'a', value: 'b' }], samples: [sample(1)] }]),
  }).toEqual({
    notSnappy: expect.stringMatching(/^400 not a snappy/),
    notProtobuf: expect.stringMatching(/^400 not a snappy/),
    encoding: '415 Content-Encoding must be snappy',
    type: '415 Content-Type must be application/x-protobuf',
    version: '400 X-Prometheus-Remote-Write-Version must be 0.1.0',
    unordered: expect.stringMatching(/^400 labels are not sorted, or double: a of/),
    double: expect.stringMatching(/^400 labels are not sorted, or double: __name__ of/),
    nameless: expect.stringMatching(/^400 sample missing metric name/),
  })
})

test('a request of more than 1 MB is refused with 413, packed or unpacked', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const packsWell = encode({ timeseries: [series('up', [sample(1)], { filler: 'a'.repeat(maxRequestBytes) })] })
  expect({
    unpacked: await push(workspace, [], { body: packsWell }),
    unpackedLength: packsWell.length < maxRequestBytes / 2,
    packed: await push(workspace, [], { body: Buffer.alloc(maxRequestBytes + 1) }),
  }).toEqual({
    unpacked: expect.stringMatching(/^413 received message larger than max/),
    unpackedLength: true,
    packed: expect.stringMatching(/^413 received message larger than max/),
  })
})

test('a series of too many or too long labels is refused', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`label_${1000 + index}`, 'x']))
  expect({
    many: await push(workspace, [series('up', [sample(1)], many)]),
    long: await push(workspace, [series('up', [sample(1)], { long: 'x'.repeat(7200) })]),
  }).toEqual({
    many: '400 series has too many labels (actual: 151, limit: 150)',
    long: expect.stringMatching(/^400 labels size is over the limit \(actual: 7214/),
  })
})

test('a sample older than an hour is refused, and with it all that came along', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const old = await push(workspace, [series('new', [sample(1)]), series('old', [sample(1, ago(3610))])])
  const young = await push(workspace, [series('young', [sample(1, ago(3590))])])
  expect({ old, young, stored: await workspace.query('new') }).toEqual({
    old: expect.stringMatching(/^400 timestamp too old/),
    young: '200',
    stored: [],
  })
})

test('a sample out of order is stored within 60 s, and refused beyond', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const now = ago(0)
  const at = (seconds: number, value: number): Promise<string> =>
    push(workspace, [series('up', [sample(value, now - seconds * second)])])
  expect({
    first: await at(0, 7),
    within: await at(60, 3),
    beyond: await at(61, 4),
    ofAnother: await push(workspace, [series('another', [sample(9, now - 61 * second)])]),
    inRequest: await push(workspace, [series('third', [sample(1, now), sample(0, now - second)])]),
  }).toEqual({
    first: '200',
    within: '200',
    beyond: expect.stringMatching(/^400 out of order sample/),
    ofAnother: '200', // its first: in order
    inRequest: expect.stringMatching(/^400 out of order sample.*within the request$/),
  })
  const values = await workspace.query('sum_over_time(up[2m])')
  expect(values.map(({ value }) => value)).toEqual([10])
})

test('another value for the same time is refused; the same once more is not', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const [before, now] = [ago(5), ago(0)]
  const at = (timestamp: number, value: number): Promise<string> =>
    push(workspace, [series('up', [sample(value, timestamp)])])
  expect({
    first: await at(before, 1),
    again: await at(before, 1),
    another: await at(before, 2),
    later: await at(now, 3),
    anotherPast: await at(before, 2),
    stored: (await workspace.query('sum_over_time(up[1m])')).map(({ value }) => value),
  }).toEqual({
    first: '200',
    again: '200',
    another: expect.stringMatching(/^400 duplicate sample for timestamp/),
    later: '200',
    anotherPast: expect.stringMatching(/^400 duplicate sample for timestamp/),
    stored: [4],
  })
})

test('what is told to go wrong goes wrong as often as told, is counted, and stores nothing', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const write = (): Promise<string> => push(workspace, [series('up', [sample(1)])])
  workspace.fail(429, 2)
  const twice = [await write(), await write(), await workspace.query('up')]
  workspace.fail(500)
  const server = [await write(), await write()]
  workspace.fail('close', 1)
  await expect(write()).rejects.toThrow('fetch failed')
  await workspace.recover()
  const after = await write()
  expect({ twice, server, after, counted: workspace.answers().map(({ status, reason }) => status ?? reason) }).toEqual({
    twice: ['429 429, as told by the test', '429 429, as told by the test', []],
    server: ['500 500, as told by the test', '500 500, as told by the test'],
    after: '200',
    counted: [429, 429, 500, 500, 'close', 200],
  })
})

test('a write that hangs gets no answer, until the stand-in recovers and drops it', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  workspace.fail('hang')
  const hanging = push(workspace, [series('up', [sample(1)])]).catch((error: Error) => error.message)
  await workspace.answersWhen((answers) => answers.length === 1)
  await workspace.recover()
  expect({ hanging: await hanging, after: await push(workspace, [series('up', [sample(1)])]) }).toEqual({
    hanging: 'fetch failed',
    after: '200',
  })
})

test('connections are refused until it recovers, on the same port and with all that was stored', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const written = [series('up', [sample(1)])]
  await push(workspace, written)
  await workspace.refuseConnections()
  await expect(push(workspace, written)).rejects.toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
  )
  await workspace.recover()
  expect(await workspace.query('count(up)')).toEqual([expect.objectContaining({ value: 1 })])
})

test('it reads only what AMP reads, and only from the workspace that it has', async ({ skip }) => {
  await using workspace = orSkip(await amp(), skip)
  const other = { ...workspace, url: workspace.url.replace(/ws-.*/, 'ws-another') }
  await expect(query(other, 'up')).rejects.toThrow('404')
  await expect(workspace.query('up{')).rejects.toThrow(/400 .*bad_data/)
})

test('with a key of its own it serves TLS', async ({ skip, onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-certificates-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const certificates = writeCertificates(folder)
  await using workspace = orSkip(await amp({ tls: certificates.server }), skip)
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  request(workspace.remoteWriteUrl, { method: 'POST', agent: false, ca: readFileSync(certificates.caFile) })
    .once('error', reject)
    .once('response', (response) => resolve(response.resume().statusCode))
    .end()
  expect([workspace.url.startsWith('https://'), await promise]).toEqual([true, 403])
})
