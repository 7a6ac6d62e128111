import { expect, onTestFinished, test } from 'vitest'
import { createImds } from '../../src/resource/imds.ts'
import { imdsUnderTest, IDENTITY, interfaceId, TOKEN } from './imds-under-test.ts'
import { startImdsServer } from './imds-server.ts'
import { recordLog } from './recorded-log.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'

const IDENTITY_OF_DOCUMENT = {
  instanceId: 'i-0af01c0123456789a',
  instanceType: 'm5.large',
  imageId: 'ami-0123456789abcdef0',
  accountId: '123456789012',
  region: 'eu-central-1',
  availabilityZone: 'eu-central-1a',
}

test('a start costs a token, the identity document and one request a NIC over one connection; the rest comes from the cache', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a', [B]: 'eni-0b' })
  const { imds, lines } = imdsUnderTest(server.url)
  using _ = imds
  expect(imds.eniId(A)).toBeUndefined()
  expect(server.requests).toEqual([])

  const [identity] = await Promise.all([imds.identity(), imds.resolve([A, B]), imds.identity(), imds.resolve([B, A])])
  await imds.resolve([A, B])
  expect([identity, await imds.identity(), imds.eniId(A), imds.eniId(B.toUpperCase())]).toEqual([
    IDENTITY_OF_DOCUMENT,
    IDENTITY_OF_DOCUMENT,
    'eni-0a',
    'eni-0b',
  ])
  expect(server.requests).toEqual([TOKEN, IDENTITY, interfaceId(A), interfaceId(B)])
  expect(server.connections()).toBe(1)
  expect(lines).toEqual([])
})

test('without an endpoint nothing is asked and nothing known', async () => {
  using imds = createImds({ endpoint: undefined, log: recordLog() })
  await imds.resolve([A])
  expect([await imds.identity(), imds.eniId(A)]).toEqual([undefined, undefined])
  imds.close()
})

test('an endpoint that speaks no identity document is asked for it once', async () => {
  await using server = await startImdsServer()
  server.treat = (method) => (method === 'GET' ? 404 : 'answer')
  const { imds, clock, lines } = imdsUnderTest(server.url)
  using _ = imds
  for (let hours = 0; hours < 3; hours++) {
    expect(await imds.identity()).toBeUndefined()
    clock.advance(3_600_000)
  }
  expect(server.requests).toEqual([TOKEN, IDENTITY])
  expect(lines).toEqual([])
})

test('the path of an endpoint is kept in front of the service’s own', async () => {
  await using server = await startImdsServer()
  server.treat = () => 404
  const { imds } = imdsUnderTest(new URL('/imds/', server.url))
  using _ = imds
  await imds.identity()
  expect(server.requests).toEqual(['PUT /imds/latest/api/token'])
})

test('closing ends what is under way without a word, and nothing is asked after it', async () => {
  await using server = await startImdsServer()
  server.treat = () => 'hang'
  const { imds, lines } = imdsUnderTest(server.url)
  const asked = imds.identity()
  await server.arrived(1)
  imds.close()
  expect(await asked).toBeUndefined()
  expect(await imds.identity()).toBeUndefined()
  expect(server.requests).toEqual([TOKEN])
  expect(lines).toEqual([])
})

test('with the real clock and deadline the identity is found as well', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  using imds = createImds({ endpoint: server.url, log: recordLog() })
  onTestFinished(() => imds.close())
  expect(await imds.identity()).toEqual(IDENTITY_OF_DOCUMENT)
})
