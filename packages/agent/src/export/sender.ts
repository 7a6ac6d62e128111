// Takes batches from the outbox and sends them, one request at a time: at once while requests succeed, with pauses after a failure and
// until the backlog is sent.
import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'

import { backoff, CATCH_UP_POINTS, catchUpPause, type Random } from './backoff.ts'
import type { Batch } from './batch.ts'
import type { Outbox } from './outbox.ts'

export interface Sender {
  /** Starts sending what is queued, unless a pause is due. Returns at once. */
  readonly wake: () => void
  /** Sends what is queued without pauses, up to the first failure. Never rejects. */
  readonly flush: () => Promise<void>
  /** The same, and sends nothing afterwards. */
  readonly shutdown: () => Promise<void>
}

export interface SenderParts {
  readonly outbox: Outbox
  /** Never rejects. */
  readonly send: (batches: readonly Batch[]) => Promise<ExportResponse>
  /** Called with each response, the number of points in its request, and whether the request was sent before. */
  readonly onResponse: (response: ExportResponse, points: number, isRetry: boolean) => void
  /** Fulfilled after `ms` milliseconds, or when `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly random: Random
}

/** Enough for one export of a large node, and less than the 4 MiB that gRPC servers accept. */
const MAX_REQUEST_POINTS = 8_000

export function createSender({ outbox, send, onResponse, pause, random }: SenderParts): Sender {
  let isRunning = false
  let isShutDown = false
  let pausing: AbortController | undefined
  /** Called at the end of a flush. */
  let flushed: (() => void)[] = []
  /** Failed attempts in a row. */
  let failures = 0
  /** A failure has left a backlog, and not all of it is sent. */
  let isBehind = false
  /** How many points were queued after the last request. */
  let left = 0

  const isFlushing = (): boolean => flushed.length > 0

  const maxPoints = (): number => {
    if (!isBehind || isFlushing()) return MAX_REQUEST_POINTS
    // What was queued since the last request comes on top, or a busy node would never catch up.
    const added = Math.max(0, outbox.state().points - left)
    return Math.min(CATCH_UP_POINTS + added, MAX_REQUEST_POINTS)
  }

  /** Sends one request. Milliseconds to wait before the next. */
  const sendNext = async (batches: readonly Batch[]): Promise<number> => {
    const response = await send(batches)
    const points = batches.reduce((sum, { streams }) => sum + streams.length, 0)
    onResponse(response, points, failures > 0)
    if (response.status === 'retryable') {
      outbox.nack()
      left = outbox.state().points
      isBehind = true
      return backoff(++failures, response.retryInMillis, random)
    }
    outbox.ack()
    left = outbox.state().points
    failures = 0
    return isBehind ? catchUpPause(random) : 0
  }

  const endFlush = (): void => {
    for (const end of flushed) end()
    flushed = []
  }

  const sendAll = async (): Promise<void> => {
    for (;;) {
      const batches = outbox.take(maxPoints())
      if (batches.length === 0) break
      const waitMs = await sendNext(batches)
      const isFlush = isFlushing()
      if (failures > 0) {
        endFlush()
        if (isShutDown) return
      } else if (isFlush) continue
      if (waitMs === 0) continue
      pausing = new AbortController()
      await pause(waitMs, pausing.signal)
    }
    isBehind = false
  }

  const start = async (): Promise<void> => {
    if (isRunning) return
    isRunning = true
    try {
      await sendAll()
    } finally {
      isRunning = false
      endFlush()
    }
  }

  const flush = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    flushed.push(resolve)
    pausing?.abort()
    void start()
    return promise
  }

  return {
    wake: () => void start(),
    flush,
    shutdown: () => {
      isShutDown = true
      return flush()
    },
  }
}
