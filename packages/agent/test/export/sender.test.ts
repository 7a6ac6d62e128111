import { expect, test } from 'vitest'

import { backoff, catchUpPause } from '../../src/export/backoff.ts'
import { httpResponse } from '../../src/otlp/export-response.ts'
import { ACCEPTED, AWAY, open, REFUSED, valuesOf } from './open-exporter.ts'

/** An exporter that gets exports of 500 points, each with one value for all, and what it sent. */
function openSender(...responses: Parameters<typeof open>[0]) {
  const { add, requests, ...rest } = open(responses)
  const put = async (...values: readonly number[]): Promise<void> => {
    for (const value of values) await add(...Array.from({ length: 500 }, () => value))
  }
  const sent = (): readonly (readonly number[])[] => valuesOf(requests).map((values) => [...new Set(values)])
  return { ...rest, put, sent }
}

test('exports are sent at once, without pauses while requests succeed or are refused', async () => {
  const { put, sent, pauses } = openSender(ACCEPTED, REFUSED, ACCEPTED)
  await put(1, 2, 3)
  expect([sent(), pauses]).toEqual([[[1], [2], [3]], []])
})

test('a failed request is sent again as it was, after growing pauses: it may have arrived', async () => {
  const { put, resume, sent, pauses } = openSender(AWAY, AWAY, AWAY, ACCEPTED)
  await put(1, 2) // the second does not end the pause
  expect(sent()).toEqual([[1]])
  for (let i = 0; i < 3; i++) await resume()
  expect(sent()).toEqual([[1], [1], [1], [1]])
  expect(pauses.slice(0, 3)).toEqual([1000, 2000, 4000])
})

test('after an outage the backlog is sent in small requests with pauses, and then requests are normal again', async () => {
  const { put, resume, sent, pauses } = openSender(AWAY, AWAY, ACCEPTED)
  await put(1, 2, 3, 4, 5)
  await resume()
  while (sent().length < 5) await resume()
  await resume() // the queue is empty now
  await put(6, 7)
  expect(sent()).toEqual([[1], [1], [1], [2, 3], [4, 5], [6], [7]])
  expect(pauses).toEqual([1000, 2000, 500, 500, 500])
})

test('what is queued while the backlog is sent comes on top', async () => {
  const { put, resume, sent } = openSender(AWAY, ACCEPTED)
  await put(1, 2, 3, 4)
  await resume()
  await put(5, 6, 7)
  await resume()
  await resume()
  expect(sent()).toEqual([[1], [1], [2, 3, 4, 5, 6], [7]])
})

test('a flush sends the queue without pauses up to a failure, after which the pauses go on', async () => {
  const { put, resume, exporter, sent, pauses } = openSender(AWAY, ACCEPTED, ACCEPTED, AWAY, AWAY, ACCEPTED)
  await exporter.forceFlush() // of an empty queue
  await put(1, 2, 3)
  await exporter.forceFlush()
  expect([sent(), pauses]).toEqual([[[1], [1], [2, 3]], [1000]])
  await put(4)
  await exporter.forceFlush()
  expect(sent().slice(3)).toEqual([[4], [4]])
  await put(5) // does not end the pause
  await resume()
  await resume()
  expect(sent().slice(5)).toEqual([[4], [5]])
})

test.each([0, 1, 999, Number.NaN])(
  'a collector that requests a wait of %d ms is retried after our own, growing pauses',
  async (retryInMillis) => {
    const { put, resume, sent, pauses } = openSender({ ...AWAY, retryInMillis } as typeof AWAY)
    await put(1)
    await resume()
    expect([sent(), pauses]).toEqual([
      [[1], [1]],
      [1000, 2000],
    ])
  },
)

test('pauses are random, at most half a minute, and what the collector requests is waited for in full', () => {
  const random = [0, 0.5, 0.999]
  expect(random.map((one) => Math.ceil(backoff(1, undefined, () => one)))).toEqual([1000, 750, 501])
  expect(random.map((one) => Math.round(backoff(50, undefined, () => one)))).toEqual([30_000, 22_500, 15_015])
  expect(random.map((one) => Math.round(backoff(1, 2_000, () => one)))).toEqual([2_000, 2_250, 2_500])
  expect(Math.round(backoff(1, 1e9, () => 0))).toBe(300_000)
  expect(random.map((one) => Math.round(catchUpPause(() => one)))).toEqual([500, 1000, 1499])
})

const TOO_LARGE = httpResponse(413, 'Payload Too Large (status 413)')

test('a request that is too large is divided at once, and later requests have at most as many points', async () => {
  const { add, requests, pauses, exporter } = open([TOO_LARGE, TOO_LARGE, ACCEPTED])
  await add(...Array.from({ length: 8 }, (_, i) => i))
  await add(8, 9, 10)
  expect(valuesOf(requests)).toEqual([
    [0, 1, 2, 3, 4, 5, 6, 7],
    [0, 1, 2, 3],
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
    [8, 9],
    [10],
  ])
  expect(pauses).toEqual([])
  expect(exporter.statistics()).toMatchObject({
    exportFailures: 2,
    exportRetries: 2,
    exportedPoints: 11,
    rejectedPoints: 0,
  })
})

test('what alone is too large is lost, and the next request waits', async () => {
  const { add, resume, requests, pauses, exporter } = open([TOO_LARGE, TOO_LARGE, ACCEPTED])
  await add(0, 1)
  expect([valuesOf(requests), pauses]).toEqual([[[0, 1], [0]], [1000]])
  await resume()
  await resume()
  expect([valuesOf(requests).slice(2), pauses.slice(1)]).toEqual([[[1]], [0.5]]) // a pause for one point
  expect(exporter.statistics()).toMatchObject({
    exportFailures: 2,
    exportRetries: 1,
    exportedPoints: 1,
    rejectedPoints: 1,
  })
})

test('a flush divides requests too', async () => {
  const { add, requests, exporter } = open([AWAY, TOO_LARGE, ACCEPTED])
  await add(0, 1, 2)
  await exporter.forceFlush()
  expect(valuesOf(requests)).toEqual([[0, 1, 2], [0, 1, 2], [0], [1], [2]])
})

test('after a thousand accepted requests, requests may be twice as large again', async () => {
  const { add, requests } = open([TOO_LARGE, ACCEPTED])
  await add(0, 1, 2, 3)
  for (let i = 0; i < 998; i++) await add(i)
  requests.length = 1 // the answers go on
  await add(4, 5, 6, 7)
  expect(valuesOf(requests).slice(1)).toEqual([[4, 5, 6, 7]])
})
