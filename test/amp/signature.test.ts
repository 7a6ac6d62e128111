import { expect, test } from 'vitest'
import type { WholeRequest } from './loopback-server.ts'
import { signatureFault, signed, type SigningScope } from './signature.ts'

const scope: SigningScope = {
  service: 'aps',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
}
const url = new URL('https://aps-workspaces.example/workspaces/ws-1/api/v1/query?query=up%7Ba%3D%22b%20c%22%7D&time=1')
const date = new Date('2026-11-21T12:00:00Z')

async function request(signing: SigningScope = scope, changed: Partial<WholeRequest> = {}): Promise<WholeRequest> {
  const body = Buffer.from('the body')
  const headers = await signed({ method: 'POST', url, headers: { 'content-type': 'text/plain' }, body, date }, signing)
  return {
    method: 'POST',
    target: url.pathname + url.search,
    headers: { ...headers, 'user-agent': 'x' },
    body,
    ...changed,
  }
}

/** From AWS's test suite of Signature Version 4, case get-vanilla-query-order-key-case. */
test("accepts a request of AWS's own test suite", async () => {
  const headers = {
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  }
  const target = '/?Param2=value2&Param1=value1'
  const suite: SigningScope = {
    service: 'service',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  }
  const now = Date.parse('2015-08-30T12:36:00Z')
  expect(await signatureFault({ method: 'GET', target, headers, body: Buffer.alloc(0) }, suite, now)).toBe(undefined)
})

test('accepts a request with the right key and service, up to five minutes early or late', async () => {
  const good = await request()
  const minutes = [-5, 0, 5].map((late) => signatureFault(good, scope, date.getTime() + late * 60_000))
  expect(await Promise.all(minutes)).toEqual([undefined, undefined, undefined])
})

test('refuses a request that is more than five minutes early or late', async () => {
  const good = await request()
  const faults = [-301, 301].map((late) => signatureFault(good, scope, date.getTime() + late * 1000))
  expect((await Promise.all(faults)).map((fault) => fault?.message)).toEqual(
    Array(2).fill('Signature expired or not yet current: more than 5 min off'),
  )
})

const code = async (request: WholeRequest): Promise<string | undefined> =>
  (await signatureFault(request, scope, date.getTime()))?.code

test('refuses a request signed for another service or region, or with another key', async () => {
  const { credentials } = scope
  expect({
    service: await code(await request({ ...scope, service: 'sns' })),
    region: await code(await request({ ...scope, region: 'eu-west-1' })),
    secret: await code(await request({ ...scope, credentials: { ...credentials, secretAccessKey: 'another' } })),
    id: await code(await request({ ...scope, credentials: { ...credentials, accessKeyId: 'AKIDOTHER' } })),
  }).toEqual({
    service: 'InvalidSignatureException',
    region: 'InvalidSignatureException',
    secret: 'InvalidSignatureException',
    id: 'UnrecognizedClientException',
  })
})

test('refuses a request whose signed parts are changed or missing', async () => {
  const good = await request()
  const { authorization = '', ...unsigned } = good.headers
  const changedHeaders = (headers: Record<string, string>): WholeRequest => ({
    ...good,
    headers: { ...good.headers, ...headers },
  })
  expect({
    body: await code({ ...good, body: Buffer.from('another body') }),
    target: await code({ ...good, target: good.target.replace('time=1', 'time=2') }),
    method: await code({ ...good, method: 'PUT' }),
    header: await code(changedHeaders({ 'content-type': 'text/html' })),
    unsignedHeader: await code(changedHeaders({ 'x-amz-security-token': 'slipped in' })),
    contentHash: await code(changedHeaders({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })),
    host: await code(changedHeaders({ authorization: authorization.replace(';host;', ';') })),
    garbled: await code(changedHeaders({ authorization: 'Bearer me' })),
    none: await code({ ...good, headers: unsigned }),
  }).toEqual({
    body: 'InvalidSignatureException',
    target: 'InvalidSignatureException',
    method: 'InvalidSignatureException',
    header: 'InvalidSignatureException',
    unsignedHeader: 'InvalidSignatureException',
    contentHash: 'InvalidSignatureException',
    host: 'InvalidSignatureException',
    garbled: 'IncompleteSignatureException',
    none: 'MissingAuthenticationTokenException',
  })
})
