import { expect, test } from 'vitest'

import { grpcReply, httpReply, retryAfter, retryInfo, takenReply } from '../../src/otlp/reply.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

// ExportMetricsServiceResponse { ExportMetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; } = 1 }
test.each([
  ['', { rejected: 0, message: '' }],
  ['0a00', { rejected: 0, message: '' }],
  ['0a0708051203626164', { rejected: 5, message: 'bad' }],
  ['0a020805', { rejected: 5, message: '' }],
  ['0a051203626164', { rejected: 0, message: 'bad' }],
  ['0a0b08ffffffffffffffffff01', { rejected: 0, message: '' }], // -1
  ['0a0508e8071801', { rejected: 1000, message: '' }], // and a field that we don't know
])('the answer %s means %j', (body, want) => {
  expect(takenReply(hex(body))).toEqual({ outcome: 'taken', ...want })
})

test.each(['<html>', '{"partialSuccess":{}}', '\n\u00ffshort'])(
  'an answer that is no OTLP (%j) is a warning',
  (body) => {
    expect(takenReply(Buffer.from(body, 'latin1'))).toEqual({
      outcome: 'taken',
      rejected: 0,
      message: 'its answer is not OTLP: is it a collector?',
    })
  },
)

// https://opentelemetry.io/docs/specs/otlp/, "Failures": the table of retryable gRPC codes.
test.each([
  [1, 'failed'],
  [2, 'refused'],
  [3, 'refused'],
  [4, 'failed'],
  [5, 'refused'],
  [6, 'refused'],
  [7, 'refused'],
  [8, 'refused'],
  [9, 'refused'],
  [10, 'failed'],
  [11, 'failed'],
  [12, 'refused'],
  [13, 'refused'],
  [14, 'failed'],
  [15, 'failed'],
  [16, 'refused'],
])('gRPC status %d without RetryInfo is %s', (status, outcome) => {
  expect(grpcReply(status, '', undefined).outcome).toBe(outcome)
})

test('RESOURCE_EXHAUSTED is for later only where the collector says when', () => {
  expect(grpcReply(8, 'full', 1500)).toEqual({ outcome: 'failed', reason: 'full', waitMs: 1500 })
})

// The same specification, "OTLP/HTTP Response", "Retryable Response Codes".
test.each([
  [301, 'refused'],
  [400, 'refused'],
  [401, 'refused'],
  [404, 'refused'],
  [413, 'refused'],
  [429, 'failed'],
  [500, 'refused'],
  [501, 'refused'],
  [502, 'failed'],
  [503, 'failed'],
  [504, 'failed'],
])('HTTP status %d is %s', (status, outcome) => {
  expect(httpReply(status, '', undefined).outcome).toBe(outcome)
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
