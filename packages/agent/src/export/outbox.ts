// The queue between the reader and the network. Batches are taken oldest first and stay queued until they are acknowledged.
import { type Batch, createBatches, MAX_BATCH_POINTS, pointsOf, type QueuedPoint, sizeOf } from './batch.ts'
import { keepBounds, type Losses, type Queue, type QueueLimits } from './bounds.ts'

export interface Outbox {
  /** Queues points. Makes room for them at the cost of the oldest points. */
  readonly add: (points: readonly QueuedPoint[]) => void
  /**
   * The oldest batches, with about `points` points, at least one batch; empty when none is queued. They are in flight until `ack` or `nack`.
   * They never have more than `limit` points: the rest is divided off, by time.
   */
  readonly take: (points: number, limit?: number) => readonly Batch[]
  /** The batches in flight were delivered or refused: they leave the queue. */
  readonly ack: () => void
  /** The batches in flight were not delivered: they stay the oldest. */
  readonly nack: () => void
  readonly state: () => QueueState
}

export interface QueueState {
  readonly points: number
  readonly sizeBytes: number
  /** Age of the newest point of the oldest batch, milliseconds; 0 when the queue is empty. */
  readonly ageMs: number
}

/** @param now milliseconds since the epoch */
export function createOutbox(limits: QueueLimits, losses: Losses, now: () => number): Outbox {
  const batches: Batch[] = []
  let points = 0
  let sizeBytes = 0
  /** How many batches, from the oldest on, are in flight. They are neither merged nor dropped. */
  let inFlight = 0

  const account = (batch: Batch, sign: 1 | -1): void => {
    points += sign * batch.streams.length
    sizeBytes += sign * sizeOf(batch)
  }
  const replace: Queue['replace'] = (at, removed, ...added) => {
    for (const batch of batches.splice(at, removed, ...added)) account(batch, -1)
    for (const batch of added) account(batch, 1)
  }
  const queue: Queue = { batches, sizeBytes: () => sizeBytes, replace }

  return {
    add: (added) => {
      replace(batches.length, 0, ...createBatches(added))
      keepBounds(queue, inFlight, limits, now(), losses)
    },
    take: (wanted, limit = Infinity) => {
      keepBounds(queue, inFlight, limits, now(), losses)
      const isEnough = (): boolean => taken >= Math.min(wanted, limit)
      let taken = 0
      for (inFlight = 0; inFlight < batches.length && (inFlight === 0 || !isEnough()); inFlight++) {
        const batch = batches[inFlight]!
        // Merging may have made it too large for a request, or the receiver's limit is smaller.
        const room = Math.min(MAX_BATCH_POINTS, limit - taken)
        if (batch.streams.length > room) replace(inFlight, 1, ...createBatches([...pointsOf(batch)], batch.since, room))
        taken += batches[inFlight]!.streams.length
      }
      return batches.slice(0, inFlight)
    },
    ack: () => {
      replace(0, inFlight)
      inFlight = 0
    },
    nack: () => {
      inFlight = 0
    },
    state: () => ({ points, sizeBytes, ageMs: batches[0] ? Math.max(0, now() - batches[0].newest) : 0 }),
  }
}
