import { expect, test } from 'vitest'

import { grpcUrl, metricsUrl } from '../../src/config/endpoint.ts'

test.each<[endpoint: string, isWholeUrl: boolean, url: string]>([
  ['http://a:4318', false, 'http://a:4318/v1/metrics'],
  ['http://a:4318/', false, 'http://a:4318/v1/metrics'],
  ['https://a/otlp', false, 'https://a/otlp/v1/metrics'],
  ['https://a/otlp//', false, 'https://a/otlp/v1/metrics'],
  ['https://a/otlp?key=1', false, 'https://a/otlp/v1/metrics?key=1'],
  ['https://a/v1/metrics', false, 'https://a/v1/metrics'],
  ['https://a/v1/metrics/', false, 'https://a/v1/metrics/'],
  ['HTTP://a:4318', false, 'http://a:4318/v1/metrics'],
  ['a:4318', false, 'https://a:4318/v1/metrics'],
  ['[::1]:4318', false, 'https://[::1]:4318/v1/metrics'],
  // OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is used as it is; without a path it gets the root path.
  ['http://a:4318', true, 'http://a:4318/'],
  ['http://a:4318/custom', true, 'http://a:4318/custom'],
  ['http://a:4318/custom?x=1', true, 'http://a:4318/custom?x=1'],
])('the metrics of %s (whole: %s) go to %s', (endpoint, isWholeUrl, url) => {
  expect(metricsUrl(endpoint, isWholeUrl)).toBe(url)
})

test.each<[endpoint: string, isPlaintext: boolean, url: string]>([
  ['http://a', true, 'http://a:4317'],
  ['HTTP://a/', true, 'HTTP://a:4317/'],
  ['http://a:4317', true, 'http://a:4317'],
  ['http://a:80', true, 'http://a:80'],
  ['http://[::1]', true, 'http://[::1]:4317'],
  ['http://[::1]:1', true, 'http://[::1]:1'],
  ['http://me:secret@a', true, 'http://me:secret@a:4317'],
  ['http://a?x', true, 'http://a:4317?x'],
  ['a', true, 'a:4317'],
  ['a:1', true, 'a:1'],
  ['a', false, 'a'],
  ['https://a', false, 'https://a'],
  ['https://a:1', false, 'https://a:1'],
])('over gRPC %s (in plain text: %s) is %s', (endpoint, isPlaintext, url) => {
  expect(grpcUrl(endpoint, isPlaintext)).toBe(url)
})
