import { expect, test } from 'vitest'

import { grpcResponse, httpResponse, retryAfter, retryInfo } from '../../src/otlp/export-response.ts'
import { deserializeResponse } from '../../src/otlp/partial-success.ts'

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
  expect(deserializeResponse(hex(body))).toEqual({ partialSuccess: want })
})

test('an empty answer means that all points were accepted', () => {
  expect(deserializeResponse(new Uint8Array())).toEqual({})
})

test.each(['<html>', '{"partialSuccess":{}}', '\n\u00ffshort'])(
  'an answer that is not OTLP (%j) is a warning',
  (body) => {
    expect(deserializeResponse(Buffer.from(body, 'latin1'))).toEqual({
      partialSuccess: { rejectedDataPoints: 0, errorMessage: 'its answer is not OTLP: is it a collector?' },
    })
  },
)

// https://opentelemetry.io/docs/specs/otlp/, "Failures": the table of retryable gRPC codes.
test.each([
  [1, 'retryable'],
  [2, 'failure'],
  [3, 'failure'],
  [4, 'retryable'],
  [5, 'failure'],
  [6, 'failure'],
  [7, 'failure'],
  [8, 'failure'],
  [9, 'failure'],
  [10, 'retryable'],
  [11, 'retryable'],
  [12, 'failure'],
  [13, 'failure'],
  [14, 'retryable'],
  [15, 'retryable'],
  [16, 'failure'],
])('gRPC status %d without RetryInfo is %s', (status, outcome) => {
  expect(grpcResponse(status, '', undefined).status).toBe(outcome)
})

test('RESOURCE_EXHAUSTED is retryable only when the collector says when', () => {
  expect(grpcResponse(8, 'full', 1500)).toEqual({ status: 'retryable', error: new Error('full'), retryInMillis: 1500 })
})

// The same specification, "OTLP/HTTP Response", "Retryable Response Codes".
test.each([
  [301, 'failure'],
  [400, 'failure'],
  [401, 'failure'],
  [404, 'failure'],
  [407, 'retryable'], // from a proxy
  [413, 'failure'],
  [429, 'retryable'],
  [500, 'failure'],
  [501, 'failure'],
  [502, 'retryable'],
  [503, 'retryable'],
  [504, 'retryable'],
])('HTTP status %d is %s', (status, outcome) => {
  expect(httpResponse(status, '', undefined).status).toBe(outcome)
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
