// The stand-in refuses what CloudWatch's documentation says, and nothing else.
import { gzipSync, deflateSync } from 'node:zlib'

import { expect, test } from 'vitest'

import { signed } from '../amp/signature.ts'
import { cloudwatch } from './cloudwatch.ts'

interface Sent {
  readonly points?: number
  readonly timeMs?: number
  /** Of each point, beside those of the resource: one. */
  readonly attributes?: number
  readonly valueLength?: number
  readonly temporality?: number
}

function body({ points = 1, timeMs = Date.now(), attributes = 0, valueLength = 1, temporality = 2 }: Sent): string {
  const value = { stringValue: 'x'.repeat(valueLength) }
  const point = {
    timeUnixNano: `${timeMs}000000`,
    asInt: '1',
    attributes: Array.from({ length: attributes }, (_, i) => ({ key: `a${i}`, value })),
  }
  const dataPoints = Array.from({ length: points }, () => point)
  const sum = { aggregationTemporality: temporality, isMonotonic: true, dataPoints }
  const resource = { attributes: [{ key: 'k8s.node.name', value: { stringValue: 'node-1' } }] }
  return JSON.stringify({
    resourceMetrics: [{ resource, scopeMetrics: [{ scope: {}, metrics: [{ name: 'm', sum }] }] }],
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }
const minute = 60_000
const day = 24 * 60 * minute

interface Row {
  readonly sent: Sent
  readonly headers?: Readonly<Record<string, string>>
  readonly pack?: (text: string) => Uint8Array<ArrayBuffer>
  readonly scope?: object
  readonly path?: string
  /** The status, and how many points are stored. */
  readonly expected: readonly [number, number]
}

const GZIP = { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, pack: (text: string) => gzipSync(text) }

const ROWS: Readonly<Record<string, Row>> = {
  'a request': { sent: {}, expected: [200, 1] },
  'a request in gzip': { sent: {}, ...GZIP, expected: [200, 1] },
  'delta temporality': { sent: { temporality: 1 }, expected: [200, 1] },
  '1,000 points': { sent: { points: 1_000 }, expected: [200, 1_000] },
  '1,001 points': { sent: { points: 1_001 }, expected: [400, 0] },
  'more than 1 MB, although less in gzip': {
    sent: { points: 600, attributes: 20, valueLength: 60 },
    ...GZIP,
    expected: [400, 0],
  },
  '150 labels': { sent: { attributes: 149 }, expected: [200, 1] },
  '151 labels': { sent: { attributes: 150 }, expected: [400, 0] },
  'labels of more than 40 KB': { sent: { attributes: 2, valueLength: 20_001 }, expected: [400, 0] },
  '10 minutes in the future': { sent: { timeMs: Date.now() + 9 * minute }, expected: [200, 1] },
  'more than 10 minutes in the future': { sent: { timeMs: Date.now() + 11 * minute }, expected: [400, 0] },
  '14 days in the past': { sent: { timeMs: Date.now() - 14 * day + minute }, expected: [200, 1] },
  'more than 14 days in the past': { sent: { timeMs: Date.now() - 14 * day - minute }, expected: [400, 0] },
  'what is not gzip, although it says so': { sent: {}, headers: GZIP.headers, expected: [400, 0] },
  'another content type': { sent: {}, headers: { 'content-type': 'text/plain' }, expected: [400, 0] },
  'another compression': {
    sent: {},
    headers: { ...JSON_TYPE, 'content-encoding': 'deflate' },
    pack: (text) => deflateSync(text),
    expected: [400, 0],
  },
  'another path': { sent: {}, path: '/v1/traces', expected: [404, 0] },
  'the signature of another service': { sent: {}, scope: { service: 'aps' }, expected: [403, 0] },
  'the signature of another region': { sent: {}, scope: { region: 'us-east-1' }, expected: [403, 0] },
}

test.for(Object.keys(ROWS))('%s', async (name) => {
  await using endpoint = await cloudwatch()
  const {
    sent,
    headers = JSON_TYPE,
    pack = (text) => new TextEncoder().encode(text),
    scope,
    path,
    expected,
  } = ROWS[name]!
  const url = new URL(path ?? endpoint.endpoint, endpoint.endpoint)
  const packed = pack(body(sent))
  const own = await signed({ method: 'POST', url, headers, body: packed }, { ...endpoint.scope, ...scope })
  const response = await fetch(url, { method: 'POST', headers: own, body: packed })
  await response.arrayBuffer()
  expect([response.status, endpoint.points().length]).toEqual(expected)
  expect(endpoint.requests.list()).toMatchObject([{ status: expected[0] }])
})

test('a request of which some points are valid is accepted in part', async () => {
  await using endpoint = await cloudwatch()
  const [first, second] = [body({}), body({ attributes: 150 })].map((text) => JSON.parse(text).resourceMetrics[0])
  const both = JSON.stringify({ resourceMetrics: [first, second] })
  const url = new URL(endpoint.endpoint)
  const headers = await signed({ method: 'POST', url, headers: JSON_TYPE, body: both }, endpoint.scope)
  const response = await fetch(url, { method: 'POST', headers, body: both })
  expect([response.status, Buffer.from(await response.arrayBuffer()).toString()]).toEqual([
    200,
    expect.stringContaining('Maximum number of attributes exceeded: 150'),
  ])
  expect(endpoint.points()).toHaveLength(1)
})
