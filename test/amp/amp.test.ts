// Each rule of the stand-in, broken once. The sources of the rules are in the files that apply them.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { writeCertificates } from '../harness/certificates.ts'
import { prometheus } from '../tools/prometheus.ts'
import { amp } from './amp.ts'
import { push, series } from './push.ts'
import { maxRequestBytes } from './remote-write.ts'
import { signed } from './signature.ts'
import { encode } from './write-request.ts'

beforeAll(prometheus) // the first time, that takes longer than a test may

const second = 1000
const label = { name: '__name__', value: 'up' }
/** In ms, whole seconds ago. */
const ago = (seconds: number): number => (Math.floor(Date.now() / second) - seconds) * second
const sample = (value: number, timestamp = ago(0)): { value: number; timestamp: number } => ({ value, timestamp })

test('stores a write and answers queries with its labels, value and time', async () => {
  await using workspace = await amp()
  const timestamp = ago(10)
  expect(await push(workspace, [series('drops_total', [sample(41, timestamp)], { node: 'a' })])).toBe('200')
  expect({
    value: await workspace.query('drops_total'),
    timestamp: await workspace.query('timestamp(drops_total)'),
    none: await workspace.query('something_else'),
    answers: workspace.answers(),
  }).toEqual({
    value: [{ labels: { __name__: 'drops_total', node: 'a' }, value: 41, timeMs: expect.any(Number) }],
    timestamp: [{ labels: { node: 'a' }, value: timestamp / second, timeMs: expect.any(Number) }],
    none: [],
    answers: [{ at: expect.any(Number), status: 200, reason: undefined, bytes: expect.any(Number), samples: 1 }],
  })
})

test('refuses a write and a query without a valid signature with 403', async () => {
  await using workspace = await amp()
  const credentials = { ...workspace.scope.credentials, secretAccessKey: 'x' }
  const written = [series('up', [sample(1)])]
  const unsigned = (path: string): Promise<Response> => fetch(workspace.url + path, { method: 'POST', body: '' })
  expect({
    key: await push(workspace, written, { scope: { ...workspace.scope, credentials } }),
    unsigned: (await unsigned('/api/v1/remote_write')).status,
    unsignedQuery: (await unsigned('/api/v1/query?query=up')).status,
    stored: await workspace.query('up'),
  }).toEqual({
    key: expect.stringMatching(/^403 .*does not match/),
    unsigned: 403,
    unsignedQuery: 403,
    stored: [],
  })
})

test('refuses a body that is not snappy or protobuf, wrong labels and wrong headers', async () => {
  await using workspace = await amp()
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

test('refuses a request of more than 1 MB with 413, compressed or not', async () => {
  await using workspace = await amp()
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

test('refuses a series with too many or too long labels', async () => {
  await using workspace = await amp()
  const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`label_${1000 + index}`, 'x']))
  expect({
    many: await push(workspace, [series('up', [sample(1)], many)]),
    long: await push(workspace, [series('up', [sample(1)], { long: 'x'.repeat(7200) })]),
  }).toEqual({
    many: '400 series has too many labels (actual: 151, limit: 150)',
    long: expect.stringMatching(/^400 labels size is over the limit \(actual: 7214/),
  })
})

test('refuses a request with a sample older than an hour as a whole', async () => {
  await using workspace = await amp()
  const old = await push(workspace, [series('new', [sample(1)]), series('old', [sample(1, ago(3610))])])
  const young = await push(workspace, [series('young', [sample(1, ago(3590))])])
  expect({ old, young, stored: await workspace.query('new') }).toEqual({
    old: expect.stringMatching(/^400 timestamp too old/),
    young: '200',
    stored: [],
  })
})

test('stores a sample that is out of order by up to 60 s, and refuses an older one', async () => {
  await using workspace = await amp()
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

test('refuses another value for the same time, and accepts the same value again', async () => {
  await using workspace = await amp()
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

test('fails as often as the test says, records it, and stores nothing', async () => {
  await using workspace = await amp()
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

test('does not answer a write that hangs, and closes its connection on recovery', async () => {
  await using workspace = await amp()
  workspace.fail('hang')
  const hanging = push(workspace, [series('up', [sample(1)])]).catch((error: Error) => error.message)
  await workspace.answersWhen((answers) => answers.length === 1)
  await workspace.recover()
  expect({ hanging: await hanging, after: await push(workspace, [series('up', [sample(1)])]) }).toEqual({
    hanging: 'fetch failed',
    after: '200',
  })
})

test('refuses connections until it recovers, on the same port and with its data', async () => {
  await using workspace = await amp()
  const written = [series('up', [sample(1)])]
  await push(workspace, written)
  await workspace.refuseConnections()
  await expect(push(workspace, written)).rejects.toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
  )
  await workspace.recover()
  expect(await workspace.query('count(up)')).toEqual([expect.objectContaining({ value: 1 })])
})

test('answers queries of its own workspace only, and refuses invalid PromQL', async () => {
  await using workspace = await amp()
  const url = new URL(`${workspace.url.replace(/ws-.*/, 'ws-another')}/api/v1/query?query=up`)
  const other = await fetch(url, { headers: await signed({ method: 'GET', url }, workspace.scope) })
  expect(other.status).toBe(404)
  await expect(workspace.query('up{')).rejects.toThrow(/400 .*bad_data/)
})

test('serves TLS with a key of its own', async ({ onTestFinished }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-certificates-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const certificates = writeCertificates(folder)
  await using workspace = await amp({ tls: certificates.server })
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  request(workspace.remoteWriteUrl, { method: 'POST', agent: false, ca: readFileSync(certificates.caFile) })
    .once('error', reject)
    .once('response', (response) => resolve(response.resume().statusCode))
    .end()
  expect([workspace.url.startsWith('https://'), await promise]).toEqual([true, 403])
})
