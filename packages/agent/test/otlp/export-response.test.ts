import { expect, test } from 'vitest'

import { grpcResponse, httpResponse, partialSuccessOf, retryAfter, retryInfo } from '../../src/otlp/export-response.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

// ExportMetricsServiceResponse { ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; } = 1 }
test.each([
  ['0a00', { rejectedDataPoints: 0, errorMessage: '' }],
  ['0a0708051203626164', { rejectedDataPoints: 5, errorMessage: 'bad' }],
  ['0a020805', { rejectedDataPoints: 5, errorMessage: '' }],
  ['0a051203626164', { rejectedDataPoints: 0, errorMessage: 'bad' }],
  ['0a0b08ffffffffffffffffff01', { rejectedDataPoints: 0, errorMessage: '' }], // -1
  ['0a0508e8071801', { rejectedDataPoints: 1000, errorMessage: '' }], // and a field that we don't know
])('the answer %s means %j', (body, want) => {
  expect(partialSuccessOf(hex(body))).toEqual({ partialSuccess: want })
})

test('an empty answer means that all points were accepted', () => {
  expect(partialSuccessOf(new Uint8Array())).toEqual({})
})

test.each(['<html>', '{"partialSuccess":{}}', '\n\u00ffshort'])(
  'an answer that is not OTLP (%j) is an error',
  (body) => {
    expect(() => partialSuccessOf(Buffer.from(body, 'latin1'))).toThrow(RangeError)
  },
)

// https://opentelemetry.io/docs/specs/otlp/, "Failures": the table of retryable gRPC codes.
test('gRPC statuses of the table are retryable, without RetryInfo', () => {
  const statuses = Array.from({ length: 17 }, (_, status) => status)
  const retryable = statuses.filter((status) => grpcResponse(status, '').status === 'retryable')
  expect(retryable).toEqual([1, 4, 10, 11, 14, 15])
})

test('RESOURCE_EXHAUSTED is retryable only when the collector says when', () => {
  expect(grpcResponse(8, 'full', 1500)).toEqual({ status: 'retryable', error: new Error('full'), retryInMillis: 1500 })
})

// The same specification, "OTLP/HTTP Response", "Retryable Response Codes". 407 is from a proxy.
test('HTTP statuses of the table are retryable', () => {
  const statuses = Array.from({ length: 300 }, (_, i) => 300 + i)
  const retryable = statuses.filter((status) => httpResponse(status, '').status === 'retryable')
  expect(retryable).toEqual([407, 429, 502, 503, 504])
})

test.each<[header: string | undefined, want: number | undefined]>([
  [undefined, undefined],
  ['0', 0],
  ['120', 120_000],
  ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 11:59:30 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s is %s ms at noon', (header, want) => {
  expect(retryAfter(header, Date.parse('2026-11-21T12:00:00Z'))).toBe(want)
})

const URL = Buffer.from('type.googleapis.com/google.rpc.RetryInfo').toString('hex')

test.each<[what: string, details: string, want: number | undefined]>([
  ['one and a half seconds', `08081a360a28${URL}120a0a0808011080cab5ee01`, 1500],
  ['nothing', '0808', undefined],
  ['another detail', '08081a050a03612f62', undefined],
  ['no delay', `08081a2a0a28${URL}`, 0],
  ['garbage', 'ff', undefined],
])('RetryInfo with %s', (_, details, want) => {
  expect(retryInfo(hex(details))).toBe(want)
})
