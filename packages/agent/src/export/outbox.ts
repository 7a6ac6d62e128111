// The queue between the reader and the network. Batches are taken oldest first and stay queued until they are acknowledged.
import { type Batch, createBatches, MAX_BATCH_POINTS, pointsOf, type QueuedPoint } from './batch.ts'
import { keepBounds, type Losses, type QueueLimits } from './bounds.ts'
import { createQueue, type QueueSize } from './queue.ts'

export interface Outbox {
  /** Queues points. Makes room for them at the cost of the oldest points. */
  readonly add: (points: readonly QueuedPoint[]) => void
  /** The oldest batches, with about `maxPoints` points, at least one batch; empty when none is queued. They are in flight until `ack` or `nack`. */
  readonly take: (maxPoints: number) => readonly Batch[]
  /** The batches in flight were delivered or refused: they leave the queue. */
  readonly ack: () => void
  /** The batches in flight were not delivered: they stay the oldest. */
  readonly nack: () => void
  readonly state: () => QueueState
}

export interface QueueState extends QueueSize {
  /** Age of the newest point of the oldest batch, milliseconds; 0 when the queue is empty. */
  readonly ageMs: number
}

/** @param now milliseconds since the epoch */
export function createOutbox(limits: QueueLimits, losses: Losses, now: () => number): Outbox {
  const queue = createQueue()
  /** How many batches, from the oldest on, are in flight. They are neither merged nor dropped. */
  let inFlight = 0

  return {
    add: (points) => {
      queue.append(createBatches(points))
      keepBounds(queue, inFlight, limits, now(), losses)
    },
    take: (maxPoints) => {
      keepBounds(queue, inFlight, limits, now(), losses)
      let taken = 0
      for (inFlight = 0; inFlight < queue.batches.length && (inFlight === 0 || taken < maxPoints); inFlight++) {
        const batch = queue.batches[inFlight]!
        // Merging may have made it too large for a request.
        if (batch.streams.length > MAX_BATCH_POINTS)
          queue.replace(inFlight, 1, ...createBatches([...pointsOf(batch)], batch.since))
        taken += queue.batches[inFlight]!.streams.length
      }
      return queue.batches.slice(0, inFlight)
    },
    ack: () => {
      queue.replace(0, inFlight)
      inFlight = 0
    },
    nack: () => {
      inFlight = 0
    },
    state: () => {
      const [oldest] = queue.batches
      return { ...queue.size(), ageMs: oldest ? Math.max(0, now() - oldest.newest) : 0 }
    },
  }
}
