import { expect, test } from 'vitest'
import { imdsUnderTest, IDENTITY, interfaceId, TOKEN } from './imds-under-test.ts'
import { startImdsServer } from './imds-server.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'

test('a service that hangs, as with a hop limit of 1, is asked at growing intervals for an hour, and reported at start and end', async () => {
  await using server = await startImdsServer()
  server.treat = () => 'hang'
  const { imds, clock, lines } = imdsUnderTest(server.url)
  using _ = imds
  const askedAt: number[] = []
  for (let second = 0; second < 10_000; second++) {
    const before = server.requests.length
    // Both at once, as the agent does: only the first is sent, the other finds the door closed.
    const asked = Promise.all([imds.identity(), imds.resolve([A, B])])
    const sent = await Promise.race([server.arrived(before + 1).then(() => true), asked.then(() => false)])
    if (sent) {
      askedAt.push(second)
      clock.expireDeadlines()
    }
    expect(await asked).toEqual([undefined, undefined])
    expect(server.requests.length - before).toBe(sent ? 1 : 0)
    clock.advance(1_000)
  }
  const fiveMinutely = Array.from({ length: 12 }, (_value, index) => 336 + 300 * index)
  expect(askedAt).toEqual([0, 1, 6, 36, ...fiveMinutely])
  expect(lines.filter((line) => !line.startsWith('debug'))).toEqual([
    `warn: IMDSv2 at ${server.url.origin}: no answer within 1000 ms; asked again in 1 s at the earliest; region, account and ENI ids may be missing. Run the pod with hostNetwork: true (a hop limit of 1 keeps pods out), or set AWS_EC2_METADATA_DISABLED=true.`,
    `warn: IMDSv2 at ${server.url.origin}: no answer within 1000 ms; not asked again until restart; region, account and ENI ids may be missing. Run the pod with hostNetwork: true (a hop limit of 1 keeps pods out), or set AWS_EC2_METADATA_DISABLED=true.`,
  ])
})

test('where DMI doesn’t say EC2, silence is worth an info only', async () => {
  const server = await startImdsServer()
  await server[Symbol.asyncDispose]()
  const { imds, lines } = imdsUnderTest(server.url, { expected: false })
  using _ = imds
  expect(await imds.identity()).toBeUndefined()
  expect(lines).toEqual([expect.stringMatching(/^info: IMDSv2 at http:.*: connect ECONNREFUSED 127.0.0.1:\d+; asked/)])
})

test('a service that answers 500 is asked again, and its recovery reported', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  server.treat = () => 500
  const { imds, clock, lines } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([A])
  await imds.resolve([A])
  server.treat = () => 'answer'
  clock.advance(999)
  await imds.resolve([A])
  expect([imds.eniId(A), server.requests]).toEqual([undefined, [TOKEN]])
  clock.advance(1)
  await imds.resolve([A])
  expect([imds.eniId(A), server.requests]).toEqual(['eni-0a', [TOKEN, TOKEN, interfaceId(A)]])
  expect(lines).toEqual([
    `warn: IMDSv2 at ${server.url.origin}: PUT /latest/api/token answered 500; asked again in 1 s at the earliest; region, account and ENI ids may be missing. If this is no EC2 instance, set AWS_EC2_METADATA_DISABLED=true.`,
    `info: IMDSv2 at ${server.url.origin}: answers again`,
  ])
})

test.each([
  ['turned off (403)', 'PUT', 403, [TOKEN]],
  ['turned off while a token was good (403)', 'GET', 403, [TOKEN, interfaceId(A)]],
  ['something else that knows no token (404)', 'PUT', 404, [TOKEN]],
  ['something else that takes no PUT (405)', 'PUT', 405, [TOKEN]],
])('a service that is %s is never asked again, with one warning', async (_what, refused, status, requests) => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  server.treat = (method) => (method === refused ? status : 'answer')
  const { imds, clock, lines } = imdsUnderTest(server.url)
  using _ = imds
  for (let hours = 0; hours < 3; hours++) {
    await Promise.all([imds.resolve([A, B]), imds.identity()])
    clock.advance(3_600_000)
  }
  expect(server.requests).toEqual(requests)
  expect(lines).toEqual([
    expect.stringMatching(/^warn: .* answered 40\d; not asked again until restart; .*HttpEndpoint=enabled/),
  ])
})

test.each([{ body: '<html>' }, 500])(
  'a path whose answers are bad (%j) is asked less and less, and holds up no other',
  async (bad) => {
    await using server = await startImdsServer({ [A]: 'eni-0a' })
    server.treat = (_method, path) => (path.includes(B) ? bad : 'answer')
    const { imds, clock, lines } = imdsUnderTest(server.url)
    using _ = imds
    await imds.resolve([B, A])
    expect([imds.eniId(A), imds.eniId(B)]).toEqual(['eni-0a', undefined])
    for (let second = 0; second < 10_000; second++) {
      await Promise.all([imds.resolve([B, A]), imds.identity()])
      clock.advance(1_000)
    }
    const badOnes = Array<string>(15).fill(interfaceId(B))
    expect(server.requests).toEqual([TOKEN, interfaceId(B), interfaceId(A), IDENTITY, ...badOnes])
    expect(lines.map((line) => line.replace(/:.*; (.*asked again.*?);.*/, ': $1'))).toEqual([
      'warn: asked again in 1 s at the earliest',
      `info: IMDSv2 at ${server.url.origin}: answers again`,
      'debug: asked again in 5 s at the earliest',
      'debug: asked again in 30 s at the earliest',
      ...Array<string>(12).fill('debug: asked again in 300 s at the earliest'),
      'warn: not asked again until restart',
    ])
  },
)

test('a token is used until its time is over', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a', [B]: 'eni-0b' })
  server.tokenTtl = '60'
  const { imds, clock } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([A])
  clock.advance(59_999)
  await imds.resolve([A, B])
  clock.advance(1)
  await imds.identity()
  expect(server.requests).toEqual([TOKEN, interfaceId(A), interfaceId(B), TOKEN, IDENTITY])
})

test.each([undefined, 'soon'])(
  'a token whose time to live is %s lives as long as was asked for: six hours',
  async (ttl) => {
    await using server = await startImdsServer({ [A]: 'eni-0a', [B]: 'eni-0b' })
    server.tokenTtl = ttl
    const { imds, clock } = imdsUnderTest(server.url)
    using _ = imds
    await imds.resolve([A])
    clock.advance(21_599_999)
    await imds.resolve([A, B])
    clock.advance(1)
    await imds.identity()
    expect(server.requests).toEqual([TOKEN, interfaceId(A), interfaceId(B), TOKEN, IDENTITY])
  },
)

test('a token that the service no longer knows is renewed once, without a word', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a', [B]: 'eni-0b' })
  const { imds, lines } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([A])
  server.revokeTokens()
  await imds.resolve([B])
  expect(imds.eniId(B)).toBe('eni-0b')
  expect(server.requests).toEqual([TOKEN, interfaceId(A), interfaceId(B), TOKEN, interfaceId(B)])
  expect(lines).toEqual([])
})

test('a service that takes none of its own tokens has failed after the second', async () => {
  await using server = await startImdsServer()
  server.treat = (method) => (method === 'GET' ? 401 : 'answer')
  const { imds, lines } = imdsUnderTest(server.url)
  using _ = imds
  expect(await imds.identity()).toBeUndefined()
  expect(server.requests).toEqual([TOKEN, IDENTITY, TOKEN, IDENTITY])
  expect(lines).toEqual([expect.stringMatching(/^warn: .*document answered 401; asked again in 1 s/)])
})

test.each([
  ['no JSON', '<html>captive portal</html>', /^warn: IMDSv2 .*Unexpected token/],
  ['a document of nobody', '{}', /^warn: IMDSv2 .*without an instanceId/],
  ['endless', 'x'.repeat(70_000), /^warn: IMDSv2 .*answer of more than 65536 characters/],
])('an answer that is %s counts as a failure', async (_what, body, want) => {
  await using server = await startImdsServer()
  server.treat = (method) => (method === 'GET' ? { body } : 'answer')
  const { imds, lines } = imdsUnderTest(server.url)
  using _ = imds
  expect(await imds.identity()).toBeUndefined()
  expect(lines).toEqual([expect.stringMatching(want)])
})

test('a token that can’t be sent in a header counts as a failure', async () => {
  await using server = await startImdsServer()
  server.treat = () => ({ body: 'two\nlines' })
  const { imds, lines } = imdsUnderTest(server.url)
  using _ = imds
  expect(await imds.identity()).toBeUndefined()
  expect(server.requests).toEqual([TOKEN])
  expect(lines).toEqual([expect.stringMatching(/^warn: IMDSv2 .*Invalid character in header/)])
})
