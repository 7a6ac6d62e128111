import { setImmediate as turn } from 'node:timers/promises'

import { expect, test } from 'vitest'

import type { Reply } from '../../src/otlp/reply.ts'
import { backoff, catchUpPause } from '../../src/export/backoff.ts'
import { createBatch } from '../../src/export/batch.ts'
import type { Outbox } from '../../src/export/outbox.ts'
import { createSender } from '../../src/export/sender.ts'

const TAKEN: Reply = { outcome: 'taken', rejected: 0, message: '' }
const FAILED: Reply = { outcome: 'failed', reason: 'away', waitMs: undefined }

/** An outbox of numbered batches, and a network that answers as it is told: the last answer again and again. */
function open(...answers: readonly Reply[]) {
  const queue: number[] = []
  const sent: number[][] = []
  const pauses: number[] = []
  const replies: [outcome: string, isRetry: boolean][] = []
  let underWay = 0
  let resume: (() => void) | undefined
  const outbox: Pick<Outbox, 'take' | 'done' | 'back' | 'waiting'> = {
    take: (most) => {
      underWay = Math.min(queue.length, Math.floor(most / 500))
      return queue
        .slice(0, underWay)
        .map((n) => createBatch([{ stream: {} as never, startTime: 0, time: n, value: n, begins: false }]))
    },
    done: () => void queue.splice(0, underWay),
    back: () => undefined,
    waiting: () => ({ points: 500 * queue.length, size: 0, age: 0 }),
  }
  const sender = createSender({
    outbox: outbox as Outbox,
    send: (batches) => {
      sent.push(batches.map(({ newest }) => newest))
      return Promise.resolve(answers[Math.min(sent.length, answers.length) - 1]!)
    },
    onReply: (reply, _points, isRetry) => void replies.push([reply.outcome, isRetry]),
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
  return { sender, put, wakeUp, sent, pauses, replies, queue }
}

test('what is put in is sent at once, and nothing is waited for while all is well', async () => {
  const { put, sent, pauses } = open(TAKEN)
  await put(1)
  await put(2, 3)
  expect([sent, pauses]).toEqual([[[1], [2, 3]], []])
})

test('a failed request is tried again after longer and longer pauses, the oldest always first', async () => {
  const { put, wakeUp, sent, pauses, replies } = open(FAILED, FAILED, FAILED, TAKEN)
  await put(1)
  await put(2) // no reason to ask earlier
  expect(sent).toEqual([[1]])
  for (let i = 0; i < 3; i++) await wakeUp()
  expect([sent, pauses.slice(0, 3)]).toEqual([
    [[1], [1, 2], [1, 2], [1, 2]],
    [1000, 2000, 4000],
  ])
  expect(replies).toEqual([
    ['failed', false],
    ['failed', true],
    ['failed', true],
    ['taken', true],
  ])
})

test('what is refused for good is not sent again, and what comes after it is sent at once', async () => {
  const { put, sent, pauses } = open({ outcome: 'refused', reason: 'no' }, TAKEN)
  await put(1)
  await put(2)
  expect([sent, pauses]).toEqual([[[1], [2]], []])
})

test('what an outage has left is sent in small requests with pauses between, and then all is as before', async () => {
  const { put, wakeUp, sent, pauses } = open(FAILED, TAKEN)
  await put(1, 2, 3, 4, 5)
  while (sent.length < 4) await wakeUp()
  await wakeUp() // the queue is empty now
  await put(6)
  await put(7)
  expect(sent).toEqual([[1, 2, 3, 4, 5], [1, 2], [3, 4], [5], [6], [7]])
  expect(pauses).toEqual([1000, 500, 500, 500])
})

test('what comes while an outage is made up for is sent besides', async () => {
  const { put, wakeUp, sent } = open(FAILED, TAKEN)
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

test('at the end all that waits is sent without pauses', async () => {
  const { put, sender, sent } = open(FAILED, TAKEN)
  await put(1, 2, 3)
  await sender.finish()
  expect(sent).toEqual([
    [1, 2, 3],
    [1, 2, 3],
  ])
})

test('at the end a collector that is away is asked once', async () => {
  const { put, sender, sent } = open(FAILED)
  await put(1)
  await sender.finish()
  expect(sent).toEqual([[1], [1]])
})

test.each([0, 1, 999, Number.NaN])(
  'a collector that says to wait %d ms is asked after our own pauses, which grow',
  async (waitMs) => {
    const { put, wakeUp, sent, pauses } = open({ ...FAILED, waitMs }, { ...FAILED, waitMs }, FAILED)
    await put(1)
    await wakeUp()
    expect([sent.length, pauses]).toEqual([2, [1000, 2000]])
  },
)

test('the pauses are random, not more than half a minute, and what the collector asks for is waited for whole', () => {
  const random = [0, 0.5, 0.999]
  expect(random.map((one) => Math.ceil(backoff(1, undefined, () => one)))).toEqual([1000, 750, 501])
  expect(random.map((one) => Math.round(backoff(50, undefined, () => one)))).toEqual([30_000, 22_500, 15_015])
  expect(random.map((one) => Math.round(backoff(1, 2_000, () => one)))).toEqual([2_000, 2_250, 2_500])
  expect(Math.round(backoff(1, 1e9, () => 0))).toBe(300_000)
  expect(random.map((one) => Math.round(catchUpPause(() => one)))).toEqual([500, 1000, 1499])
})
