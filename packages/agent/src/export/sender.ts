// Takes batches from the outbox and sends them, one request at a time: at once while requests succeed, with pauses after a failure and
// until the backlog is sent.
import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'

import { isTooLarge } from '../otlp/export-response.ts'
import { backoff, CATCH_UP_POINTS, catchUpPause } from './backoff.ts'
import { type Batch, countPoints } from './batch.ts'
import type { Outbox } from './outbox.ts'

export interface Sender {
  /** Starts sending what is queued, unless a pause is due. Returns at once. */
  readonly wake: () => void
  /** Sends what is queued without pauses, up to the first failure, and nothing afterwards if it is the last. Never rejects. */
  readonly flush: (isLast: boolean) => Promise<void>
}

export interface SenderParts {
  readonly outbox: Outbox
  /** Never rejects. */
  readonly send: (batches: readonly Batch[]) => Promise<ExportResponse>
  /** Called with each response, what was in its request, and whether the request was sent before. */
  readonly onResponse: (response: ExportResponse, batches: readonly Batch[], isRetry: boolean) => void
  /** Fulfilled after `ms` milliseconds, or when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly random: () => number
}

/** Enough for one export of a large node, and less than the 4 MiB that gRPC servers accept. */
const MAX_REQUEST_POINTS = 8_000

/** After so many accepted requests, a limit that a receiver has shown doubles: it may have been raised meanwhile. */
const ACCEPTED_UNTIL_LARGER = 1_000

export function createSender({ outbox, send, onResponse, pause, random }: SenderParts): Sender {
  let running: Promise<void> | undefined
  let isFlushing = false
  let pausing: AbortController | undefined
  /** Milliseconds to wait before the next request. */
  let waitMs = 0
  /** Failed attempts in a row. */
  let failures = 0
  /** A failure has left a backlog, and not all of it is sent. */
  let isBehind = false
  /** How many points were queued after the last request. */
  let left = 0
  /** The points in flight were sent before. */
  let isRetry = false
  /** How many points had the last request, if it is to be sent again. */
  let again: number | undefined
  /** The most points of a request: the receiver has refused twice as many for their size. */
  let limit = Infinity
  /** How many requests were accepted since. */
  let accepted = 0

  const maxPoints = (): number => {
    if (!isBehind || isFlushing) return MAX_REQUEST_POINTS
    // What was queued since the last request comes on top, or a busy node would never catch up.
    const added = Math.max(0, outbox.state().points - left)
    return Math.min(CATCH_UP_POINTS + added, MAX_REQUEST_POINTS)
  }

  const sendNext = async (batches: readonly Batch[]): Promise<void> => {
    const response = await send(batches)
    const points = countPoints(batches)
    onResponse(response, batches, isRetry)
    const isDivided = isTooLarge(response) && points > 1
    isRetry = response.status === 'retryable' || isDivided
    // It may have arrived. Then Prometheus refuses the repeat (out of order), and with it any newer points of the same request.
    again = response.status === 'retryable' ? points : undefined
    if (isRetry) outbox.nack()
    else outbox.ack()
    if (isDivided) {
      limit = Math.floor(points / 2)
      accepted = failures = 0
    } else if (isRetry || isTooLarge(response)) {
      // A receiver that refuses even one point may refuse them all, and is not to get a request for each.
      isBehind = true
      waitMs = backoff(++failures, response.status === 'retryable' ? response.retryInMillis : undefined, random)
    } else {
      failures = 0
      waitMs = isBehind ? catchUpPause(random) * Math.min(1, limit / CATCH_UP_POINTS) : 0
      if (response.status === 'success' && ++accepted % ACCEPTED_UNTIL_LARGER === 0) limit *= 2
    }
    left = outbox.state().points
  }

  /** Until the queue is empty; in a flush, up to the first failure. */
  const sendAll = async (): Promise<void> => {
    for (;;) {
      if (waitMs > 0 && !isFlushing) {
        pausing = new AbortController()
        await pause(waitMs, pausing.signal)
      }
      waitMs = 0
      const batches = outbox.take(again ?? maxPoints(), limit)
      if (batches.length === 0) isBehind = false
      else await sendNext(batches)
      if (batches.length === 0 || (failures > 0 && isFlushing)) break
    }
    running = undefined
  }

  const start = (): Promise<void> => {
    // `sendAll` begins when `running` is set: it may end at once.
    running ??= Promise.resolve().then(sendAll)
    return running
  }

  return {
    wake: () => void start(),
    flush: async (isLast) => {
      isFlushing = true
      pausing?.abort()
      await start()
      isFlushing = false
      if (!isLast) void start()
    },
  }
}
