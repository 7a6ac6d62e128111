import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeCertificates } from './certificates.ts'
import { orSkip } from './not-here.ts'
import { collector } from './otelcol.ts'
import type { OtlpRequest } from './otlp-request.ts'
import { otelcol } from './tools/otelcol.ts'

beforeAll(otelcol) // the first time, that takes longer than a test may

const folder = mkdtempSync(join(tmpdir(), 'ena-otel-certificates-'))
afterAll(() => rmSync(folder, { recursive: true }))
const certificates = writeCertificates(folder)

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
const headers = { 'content-type': 'application/json' }

test('the collector keeps what it is sent over HTTP, to the last digit', async ({ skip }) => {
  await using running = orSkip(await collector(), skip)
  const response = await fetch(`http://${running.httpEndpoint}/v1/metrics`, { method: 'POST', headers, body })
  const received = await running.receivedWhen(({ length }) => length > 0)
  expect({ status: response.status, received }).toEqual({ status: 200, received: [sent] })
})

test('the collector with a key of its own serves TLS that its authority vouches for', async ({ skip }) => {
  await using running = orSkip(await collector({ tls: certificates.server }), skip)
  expect(await post(running.httpEndpoint, {})).toBe(200)
  expect(await running.receivedWhen(({ length }) => length > 0)).toEqual([sent])
})

test('the collector that asks for certificates refuses a client without one and a client of another authority', async ({
  skip,
}) => {
  await using running = orSkip(
    await collector({ tls: { ...certificates.server, clientCaFile: certificates.caFile } }),
    skip,
  )
  const strangers = mkdtempSync(join(folder, 'strangers-'))
  await expect(post(running.httpEndpoint, {})).rejects.toThrow(/certificate required/)
  await expect(post(running.httpEndpoint, writeCertificates(strangers).client)).rejects.toThrow(/alert|ECONNRESET/)
  expect(running.received()).toEqual([])
  expect(await post(running.httpEndpoint, certificates.client)).toBe(200)
})

test('the collector says why when it can not start', async ({ skip }) => {
  orSkip(await otelcol(), skip)
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
    headers,
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
