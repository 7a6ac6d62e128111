import { setImmediate as turn } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'

import { backoff, catchUpPause } from '../../src/export/backoff.ts'
import { createBatch } from '../../src/export/batch.ts'
import type { Outbox } from '../../src/export/outbox.ts'
import { createSender } from '../../src/export/sender.ts'

const ACCEPTED: ExportResponse = { status: 'success' }
const FAILED: ExportResponse = { status: 'retryable', error: new Error('away') }

/** An outbox of numbered batches of 500 points, and a transport with these responses: the last one is repeated. */
function open(...responsesToGive: readonly ExportResponse[]) {
  const queue: number[] = []
  const sent: number[][] = []
  const pauses: number[] = []
  const responses: [status: string, isRetry: boolean][] = []
  let inFlight = 0
  let resume: (() => void) | undefined
  const outbox: Pick<Outbox, 'take' | 'ack' | 'nack' | 'state'> = {
    take: (maxPoints) => {
      inFlight = Math.min(queue.length, Math.floor(maxPoints / 500))
      return queue
        .slice(0, inFlight)
        .map((n) => createBatch([{ stream: {} as never, startTime: 0, time: n, value: n, begins: false }]))
    },
    ack: () => void queue.splice(0, inFlight),
    nack: () => undefined,
    state: () => ({ points: 500 * queue.length, sizeBytes: 0, ageMs: 0 }),
  }
  const sender = createSender({
    outbox: outbox as Outbox,
    send: (batches) => {
      sent.push(batches.map(({ newest }) => newest))
      return Promise.resolve(responsesToGive[Math.min(sent.length, responsesToGive.length) - 1]!)
    },
    onResponse: ({ status }, _points, isRetry) => void responses.push([status, isRetry]),
    pause: (ms, signal) =>
      new Promise<void>((resolve) => {
        pauses.push(ms)
        resume = resolve
        signal.addEventListener('abort', () => resolve())
      }),
    random: () => 0,
  })
  const put = async (...batches: readonly number[]): Promise<void> => {
    queue.push(...batches)
    sender.wake()
    for (let i = 0; i < 20; i++) await turn()
  }
  const wakeUp = async (): Promise<void> => {
    resume?.()
    for (let i = 0; i < 20; i++) await turn()
  }
  return { sender, put, wakeUp, sent, pauses, responses, queue }
}

test('batches are sent at once, without pauses while requests succeed', async () => {
  const { put, sent, pauses } = open(ACCEPTED)
  await put(1)
  await put(2, 3)
  expect([sent, pauses]).toEqual([[[1], [2, 3]], []])
})

test('a failed request is retried after growing pauses, the oldest batches first', async () => {
  const { put, wakeUp, sent, pauses, responses } = open(FAILED, FAILED, FAILED, ACCEPTED)
  await put(1)
  await put(2) // does not end the pause
  expect(sent).toEqual([[1]])
  for (let i = 0; i < 3; i++) await wakeUp()
  expect([sent, pauses.slice(0, 3)]).toEqual([
    [[1], [1, 2], [1, 2], [1, 2]],
    [1000, 2000, 4000],
  ])
  expect(responses).toEqual([
    ['retryable', false],
    ['retryable', true],
    ['retryable', true],
    ['success', true],
  ])
})

test('a refused request is not sent again, and the next one is sent at once', async () => {
  const { put, sent, pauses } = open({ status: 'failure', error: new Error('no') }, ACCEPTED)
  await put(1)
  await put(2)
  expect([sent, pauses]).toEqual([[[1], [2]], []])
})

test('after an outage the backlog is sent in small requests with pauses, and then requests are normal again', async () => {
  const { put, wakeUp, sent, pauses } = open(FAILED, ACCEPTED)
  await put(1, 2, 3, 4, 5)
  while (sent.length < 4) await wakeUp()
  await wakeUp() // the queue is empty now
  await put(6)
  await put(7)
  expect(sent).toEqual([[1, 2, 3, 4, 5], [1, 2], [3, 4], [5], [6], [7]])
  expect(pauses).toEqual([1000, 500, 500, 500])
})

test('what is queued while the backlog is sent comes on top', async () => {
  const { put, wakeUp, sent } = open(FAILED, ACCEPTED)
  await put(1, 2, 3, 4)
  await put(5, 6, 7)
  await wakeUp()
  await wakeUp()
  expect(sent).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4, 5],
    [6, 7],
  ])
})

test('shutdown sends the queue without pauses', async () => {
  const { put, sender, sent } = open(FAILED, ACCEPTED)
  await put(1, 2, 3)
  await sender.shutdown()
  expect(sent).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('shutdown stops at the first failure', async () => {
  const { put, sender, sent } = open(FAILED)
  await put(1)
  await sender.shutdown()
  expect(sent).toEqual([[1], [1]])
})

test('a flush sends the queue without pauses up to a failure, after which the pauses go on', async () => {
  const { put, wakeUp, sender, sent, pauses } = open(FAILED, ACCEPTED, FAILED, FAILED, ACCEPTED)
  await put(1, 2, 3)
  await sender.flush()
  expect([sent.length, pauses.length]).toEqual([2, 1])
  await put(4)
  await sender.flush()
  expect(sent.slice(2)).toEqual([[4], [4]])
  await put(5) // does not end the pause
  await wakeUp()
  expect(sent.slice(4)).toEqual([[4, 5]])
})

test('a flush with an empty queue ends at once', async () => {
  const { sender, sent } = open(ACCEPTED)
  await sender.flush()
  expect(sent).toEqual([])
})

test.each([0, 1, 999, Number.NaN])(
  'a collector that requests a wait of %d ms is retried after our own, growing pauses',
  async (retryInMillis) => {
    const { put, wakeUp, sent, pauses } = open({ ...FAILED, retryInMillis }, { ...FAILED, retryInMillis }, FAILED)
    await put(1)
    await wakeUp()
    expect([sent.length, pauses]).toEqual([2, [1000, 2000]])
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
