import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Certificates, writeCertificates } from './certificates.ts'
import { collector } from './otelcol.ts'
import type { OtlpRequest } from './otlp-request.ts'
import { otelcol } from '../tools/otelcol.ts'

beforeAll(otelcol) // the first time, that takes longer than a test may

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))
let certificates: Certificates
beforeAll(() => {
  certificates = writeCertificates(folder)
})

const sent: OtlpRequest = {
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'ena-otel' } }] },
      scopeMetrics: [
        {
          scope: { name: 'test' },
          metrics: [
            {
              name: 'bytes',
              unit: 'By',
              sum: {
                dataPoints: [
                  { startTimeUnixNano: '1000000001', timeUnixNano: '2000000002', asInt: '9007199254740993' },
                ],
                aggregationTemporality: 2,
                isMonotonic: true,
              },
            },
          ],
        },
      ],
    },
  ],
}
const body = JSON.stringify(sent)

test('keeps what a client with a certificate sends, to the last digit, and refuses every other client', async () => {
  await using running = await collector({ tls: { ...certificates.server, clientCaFile: certificates.caFile } })
  const strangers = mkdtempSync(join(folder, 'strangers-'))
  await expect(post(running.httpEndpoint, {})).rejects.toThrow(/certificate required/)
  await expect(post(running.httpEndpoint, writeCertificates(strangers).client)).rejects.toThrow(/alert|ECONNRESET/)
  expect(running.received()).toEqual([])
  expect(await post(running.httpEndpoint, certificates.client)).toBe(200)
  expect(await running.receivedWhen(({ length }) => length > 0)).toEqual([sent])
})

test('throws the log of a collector that does not start', async () => {
  await otelcol()
  const tls = { certFile: '/nonexistent.pem', keyFile: '/nonexistent.key' }
  await expect(collector({ tls })).rejects.toThrow(/nonexistent\.pem: no such file/)
})

async function post(
  endpoint: string,
  keys: { readonly certFile?: string; readonly keyFile?: string },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const call = request(`https://${endpoint}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    agent: false,
    ca: readFileSync(certificates.caFile),
    ...(keys.certFile && { cert: readFileSync(keys.certFile) }),
    ...(keys.keyFile && { key: readFileSync(keys.keyFile) }),
  })
  call.once('error', reject)
  call.once('response', (response) => {
    text(response).then(() => resolve(response.statusCode ?? 0), reject)
  })
  call.end(body)
  return promise
}
