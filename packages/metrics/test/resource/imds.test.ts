import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import { expect, test } from 'vitest'

import { createImds } from '../../src/resource/imds.ts'
import { identityAttributes } from '../../src/resource/instance-identity.ts'
import { DOCUMENT, startImdsServer } from './imds-server.ts'
import { IDENTITY, imdsUnderTest, interfaceId, TOKEN } from './imds-under-test.ts'
import { recordLog } from './recorded-log.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'

test('a start costs a token, the identity document and one request a NIC on one connection; then the cache answers', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a', [B]: 'eni-0b' })
  const { imds, lines } = imdsUnderTest(server.url)
  using _ = imds
  expect([imds.eniId(A), server.requests]).toEqual([undefined, []])

  await Promise.all([imds.identity(), imds.resolve([A.toUpperCase(), B]), imds.identity(), imds.resolve([B, A])])
  await imds.resolve([A, B])
  expect([await imds.identity(), imds.eniId(A), imds.eniId(B.toUpperCase())]).toEqual([
    identityAttributes(JSON.stringify(DOCUMENT)),
    'eni-0a',
    'eni-0b',
  ])
  expect(server.requests).toEqual([TOKEN, IDENTITY, interfaceId(A), interfaceId(B)])
  expect([server.connections(), lines]).toEqual([1, []])
})

test('without an endpoint nothing is known', async () => {
  using imds = createImds({ endpoint: undefined, log: recordLog() })
  await imds.resolve([A])
  expect([await imds.identity(), imds.eniId(A)]).toEqual([undefined, undefined])
})

test('a NIC that is attached later is asked for once, at once, also while another one is missing', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  const { imds } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([B])
  await imds.resolve([B, A])
  await imds.resolve([B, A])
  expect(imds.eniId(A)).toBe('eni-0a')
  expect(server.requests).toEqual([TOKEN, interfaceId(B), TOKEN, interfaceId(B), interfaceId(A)])
})

/** Calls `ask` once a second. Returns the seconds at which `sent` became longer. */
async function secondsOfRequests(
  seconds: number,
  sent: readonly string[],
  advance: (ms: number) => void,
  ask: () => Promise<unknown>,
): Promise<number[]> {
  const sentAt: number[] = []
  for (let second = 0; second < seconds; second++) {
    const before = sent.length
    await ask()
    if (sent.length > before) sentAt.push(second)
    advance(1_000)
  }
  return sentAt
}

test('what IMDS does not have is asked for again after 1 s, 5 s and 30 s, and then no more', async () => {
  await using server = await startImdsServer()
  server.treat = (method) => (method === 'GET' ? 404 : 'answer')
  const { imds, advance, lines } = imdsUnderTest(server.url)
  using _ = imds
  const ask = (): Promise<unknown> => Promise.all([imds.identity(), imds.resolve([B])])
  expect(await secondsOfRequests(1_000, server.requests, advance, ask)).toEqual([0, 1, 6, 36])
  expect(lines).toEqual([])
})

test('a NIC that IMDS lists late is found', async () => {
  await using server = await startImdsServer()
  const { imds, advance } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([B])
  server.enis.set(B, 'eni-0b')
  advance(1_000)
  await imds.resolve([B])
  expect(imds.eniId(B)).toBe('eni-0b')
})

test('addresses that are not six octets are never asked for', async () => {
  await using server = await startImdsServer()
  const { imds } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve(['', '02:00:00:00:00', '80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03', '../../x', 'lo'])
  expect(server.requests).toEqual([])
})

test('a service that hangs gets one request after 1 s, 5 s, 30 s and every 5 min, and one warning', async () => {
  await using server = await startImdsServer()
  server.treat = () => 'hang'
  const { imds, advance, lines } = imdsUnderTest(server.url, { timeoutMs: 10 })
  using _ = imds
  const ask = (): Promise<unknown> => Promise.all([imds.identity(), imds.resolve([A, B])])
  // Each failure is a line. A request may end before the server sees it, so its requests are not counted.
  expect(await secondsOfRequests(1_000, lines, advance, ask)).toEqual([0, 1, 6, 36, 336, 636, 936])
  expect(new Set(server.requests)).toEqual(new Set([TOKEN]))
  expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([
    `warn: IMDSv2 at ${server.url.origin}: no answer within 10 ms: a hop limit of 1 keeps pods out, run the pod with hostNetwork: true; ` +
      'retried in 1 s, at least every 5 min; region, account and ENI ids may be missing. ' +
      'If this is not an EC2 instance, set AWS_EC2_METADATA_DISABLED=true.',
  ])
})

test('where DMI does not say EC2, a failure is an info', async () => {
  const server = await startImdsServer()
  await server[Symbol.asyncDispose]()
  const { imds, lines } = imdsUnderTest(server.url, { expected: false })
  using _ = imds
  expect(await imds.identity()).toBeUndefined()
  expect(lines).toEqual([
    expect.stringMatching(/^info: IMDSv2 at http:.*: connect ECONNREFUSED 127.0.0.1:\d+; retried/),
  ])
})

test('the recovery of a service is logged, and the next failure starts with the first interval', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  server.treat = () => 500
  const { imds, advance, lines } = imdsUnderTest(server.url)
  using _ = imds
  const ask = (): Promise<void> => imds.resolve([A])
  expect(await secondsOfRequests(36, server.requests, advance, ask)).toEqual([0, 1, 6])
  server.treat = () => 'answer'
  expect(await secondsOfRequests(10, server.requests, advance, ask)).toEqual([0])
  expect(imds.eniId(A)).toBe('eni-0a')
  server.treat = () => 500
  expect(await secondsOfRequests(4, server.requests, advance, () => imds.identity())).toEqual([0, 1])
  expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([
    expect.stringMatching(/^warn: .*: PUT \/latest\/api\/token answered 500; retried in 1 s/),
    `info: IMDSv2 at ${server.url.origin}: recovered`,
    expect.stringMatching(/^warn: .* answered 500; retried in 1 s/),
  ])
})

test.each([{ body: '<html>' }, 500])(
  'a question with a bad answer (%j) does not hold up the others for longer than a second',
  async (bad) => {
    await using server = await startImdsServer({ [A]: 'eni-0a' })
    server.treat = (_method, path) => (path.includes(B) ? bad : 'answer')
    const { imds, advance, lines } = imdsUnderTest(server.url)
    using _ = imds
    const ask = (): Promise<unknown> => Promise.all([imds.resolve([B, A]), imds.identity()])
    expect(await secondsOfRequests(300, server.requests, advance, ask)).toEqual([0, 1, 6, 36])
    expect(server.requests.filter((request) => request !== TOKEN)).toEqual([
      interfaceId(B),
      interfaceId(A),
      IDENTITY,
      interfaceId(B),
      interfaceId(B),
      interfaceId(B),
    ])
    expect([imds.eniId(A), imds.eniId(B)]).toEqual(['eni-0a', undefined])
    expect(lines.map((line) => line.slice(0, 5))).toEqual(['warn:', 'debug', 'debug', 'debug'])
  },
)

test.each([
  ['is turned off', () => 403, /answered 403: turn the metadata service on \(HttpEndpoint=enabled\); retried/],
  ['knows no tokens', () => 404, /: PUT \/latest\/api\/token answered 404; retried/],
  ['refuses its own token', (method: string) => (method === 'GET' ? 401 : 'answer'), /document answered 401; retried/],
  ['answers something else', () => ({ body: '<html>' }), /Unexpected token/],
  ['answers without end', () => ({ body: 'x'.repeat(70_000) }), /body of more than 65536 bytes/],
  ['gives a token that no header can carry', () => ({ body: 'two\nlines' }), /Invalid character in header/],
] as const)('a service that %s has failed', async (_what, treat, want) => {
  await using server = await startImdsServer()
  server.treat = treat
  const { imds, lines } = imdsUnderTest(server.url)
  using _ = imds
  expect(await imds.identity()).toBeUndefined()
  expect(lines).toEqual([expect.stringMatching(want)])
})

test('the path of an endpoint precedes that of each request', async () => {
  await using server = await startImdsServer()
  const { imds } = imdsUnderTest(new URL('/imds/', server.url))
  using _ = imds
  await imds.identity()
  expect(server.requests[0]).toBe('PUT /imds/latest/api/token')
})

test('close aborts the request in flight without a line, and nothing is asked afterwards', async () => {
  await using server = await startImdsServer()
  server.treat = () => 'hang'
  const { imds, lines } = imdsUnderTest(server.url)
  const asked = imds.identity()
  await server.arrived(1)
  imds.close()
  expect([await asked, await imds.identity()]).toEqual([undefined, undefined])
  expect(server.requests).toEqual([TOKEN])
  expect(lines).toEqual([])
})

test('a proxy of the environment is not used', async () => {
  await using server = await startImdsServer()
  const program = `
    import { createImds } from ${JSON.stringify(import.meta.resolve('../../src/resource/imds.ts'))}
    const log = { debug() {}, info: console.log, warn: console.log, error() {} }
    using imds = createImds({ endpoint: new URL('${server.url.href}'), log })
    console.log((await imds.identity())?.['host.id'])`
  const env = { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', NODE_NO_WARNINGS: '1' }
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env })
  expect(stdout).toBe('i-0af01c0123456789a\n')
})
