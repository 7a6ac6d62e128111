// Takes from the outbox and sends, one request at a time: at once while all is well, with pauses after a failure and until what it
// left behind is sent.
import type { Reply } from '../otlp/reply.ts'
import { backoff, CATCH_UP_POINTS, catchUpPause, type Random } from './backoff.ts'
import type { Batch } from './batch.ts'
import type { Outbox } from './outbox.ts'

export interface Sender {
  /** There is something to send. Returns at once. */
  readonly wake: () => void
  /** Sends what waits, without pauses, up to the first failure. Fulfilled when nothing more will be sent; never rejects. */
  readonly finish: () => Promise<void>
}

export interface SenderParts {
  readonly outbox: Outbox
  /** Never rejects. */
  readonly send: (batches: readonly Batch[]) => Promise<Reply>
  /** Is told of each reply, with the number of points it is about, and whether the request had been sent before. */
  readonly onReply: (reply: Reply, points: number, isRetry: boolean) => void
  /** Fulfilled after so many milliseconds, or when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly random: Random
}

/** Enough for all that a node has to say, and less than the 4 MiB that gRPC servers take. */
const REQUEST_POINTS = 8_000

export function createSender({ outbox, send, onReply, pause, random }: SenderParts): Sender {
  const finishing = new AbortController()
  let running: Promise<void> | undefined
  /** Attempts that failed in a row. */
  let failures = 0
  /** An outage has left something behind, and not all of it is sent. */
  let isBehind = false
  /** How many points waited after the last request. */
  let left = 0

  /** How long to wait before the next request; `undefined` when there is nothing to send. */
  const next = async (): Promise<number | undefined> => {
    const isFinishing = finishing.signal.aborted
    // What has come meanwhile goes as well, or a node with much to say would never catch up.
    const come = Math.max(0, outbox.waiting().points - left)
    const most = isBehind && !isFinishing ? Math.min(CATCH_UP_POINTS + come, REQUEST_POINTS) : REQUEST_POINTS
    const batches = outbox.take(most)
    if (batches.length === 0) {
      isBehind = false
      return undefined
    }
    const reply = await send(batches)
    const points = batches.reduce((sum, { streams }) => sum + streams.length, 0)
    onReply(reply, points, failures > 0)
    if (reply.outcome === 'failed') {
      outbox.back()
      left = outbox.waiting().points
      isBehind = true
      return backoff(++failures, reply.waitMs, random)
    }
    outbox.done()
    left = outbox.waiting().points
    failures = 0
    return isBehind ? catchUpPause(random) : 0
  }

  const drain = async (): Promise<void> => {
    for (;;) {
      const wait = await next()
      if (wait === undefined || (failures > 0 && finishing.signal.aborted)) return
      if (wait > 0 && !finishing.signal.aborted) await pause(wait, finishing.signal)
    }
  }

  const start = (): Promise<void> => {
    running ??= drain().finally(() => {
      running = undefined
    })
    return running
  }
  return {
    wake: () => void start(),
    finish: async () => {
      finishing.abort()
      await start()
    },
  }
}
