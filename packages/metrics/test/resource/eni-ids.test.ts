import { expect, test } from 'vitest'
import { imdsUnderTest, interfaceId, TOKEN } from './imds-under-test.ts'
import { startImdsServer } from './imds-server.ts'

const A = '02:00:00:00:00:0a'
const B = '02:00:00:00:00:0b'

test('a MAC that IMDS doesn’t have at the start is no ENI and not asked for again', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  const { imds, clock, lines } = imdsUnderTest(server.url)
  using _ = imds
  for (let sweep = 0; sweep < 100; sweep++) {
    await imds.resolve([A, B])
    clock.advance(1_000)
  }
  expect([imds.eniId(A), imds.eniId(B)]).toEqual(['eni-0a', undefined])
  expect(server.requests).toEqual([TOKEN, interfaceId(A), interfaceId(B)])
  expect(lines).toEqual([])
})

test('a NIC attached later costs one request', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  const { imds } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([A])
  server.enis.set(B, 'eni-0b')
  await imds.resolve([A, B])
  expect(imds.eniId(B)).toBe('eni-0b')
  expect(server.requests).toEqual([TOKEN, interfaceId(A), interfaceId(B)])
})

test('a NIC attached later that IMDS doesn’t know yet is asked for again after 1 s, 5 s and 30 s, then no more', async () => {
  await using server = await startImdsServer()
  const { imds, clock, lines } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([])
  const askedAt: number[] = []
  for (let second = 0; second < 100; second++) {
    const before = server.requests.length
    await imds.resolve([B])
    if (server.requests.length > before) askedAt.push(second)
    clock.advance(1_000)
  }
  expect(askedAt).toEqual([0, 1, 6, 36])
  expect(lines).toEqual([])
})

test('a NIC attached later that IMDS learns of in the meantime is found', async () => {
  await using server = await startImdsServer()
  const { imds, clock } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([])
  await imds.resolve([B])
  server.enis.set(B, 'eni-0b')
  clock.advance(1_000)
  await imds.resolve([B])
  expect(imds.eniId(B)).toBe('eni-0b')
  expect(server.requests).toEqual([TOKEN, interfaceId(B), interfaceId(B)])
})

test('addresses that aren’t six octets are never asked for', async () => {
  await using server = await startImdsServer()
  const { imds } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve(['', '0', '02:00:00:00:00', '80:00:02:08:fe:80:00:00:00:00:00:00:00:02:c9:03', '../../x', 'lo'])
  expect(server.requests).toEqual([])
})

test('addresses are asked for in lower case, once for both spellings', async () => {
  await using server = await startImdsServer({ [A]: 'eni-0a' })
  const { imds } = imdsUnderTest(server.url)
  using _ = imds
  await imds.resolve([A.toUpperCase(), A])
  expect(imds.eniId(A)).toBe('eni-0a')
  expect(server.requests).toEqual([TOKEN, interfaceId(A)])
})
