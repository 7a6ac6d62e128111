// The batches that are queued, oldest first, with their number of points and their memory.
import { type Batch, sizeOf } from './batch.ts'

export interface Queue {
  readonly batches: readonly Batch[]
  readonly size: () => QueueSize
  readonly append: (batches: readonly Batch[]) => void
  /** Replaces `removed` batches from index `at` on. */
  readonly replace: (at: number, removed: number, ...added: readonly Batch[]) => void
}

export interface QueueSize {
  readonly points: number
  readonly sizeBytes: number
}

export function createQueue(): Queue {
  const batches: Batch[] = []
  const size = { points: 0, sizeBytes: 0 }

  const account = (batch: Batch, sign: 1 | -1): void => {
    size.points += sign * batch.streams.length
    size.sizeBytes += sign * sizeOf(batch)
    for (const stream of batch.streams) stream.waiting += sign
  }
  const replace: Queue['replace'] = (at, removed, ...added) => {
    for (const batch of batches.splice(at, removed, ...added)) account(batch, -1)
    for (const batch of added) account(batch, 1)
  }
  return { batches, size: () => size, append: (added) => replace(batches.length, 0, ...added), replace }
}
