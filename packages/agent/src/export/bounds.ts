// Keeps the queue within its limits of age and size: which batches are merged, and which points are dropped.
import { type Batch, mergeBatches, split } from './batch.ts'
import type { Queue } from './queue.ts'

export interface QueueLimits {
  /** Bytes. The newest batch is kept even where it is larger. */
  readonly queueSize: number
  /** Milliseconds. */
  readonly queueAge: number
}

export type DropReason = 'age' | 'size'

/** Is told of each point that the queue loses. */
export interface Losses {
  /** Points that were removed when batches were merged. */
  readonly thinned: (points: number) => void
  /** Points that were dropped. */
  readonly dropped: (batch: Batch, reason: DropReason) => void
}

/**
 * Drops what is too old, then merges neighbouring batches while the queue is too large, then drops the oldest. The newest batch is never
 * dropped: it is the current state.
 *
 * @param inFlight how many batches at the start of the queue are being sent and must not change
 * @param now milliseconds since the epoch
 */
export function keepBounds(queue: Queue, inFlight: number, limits: QueueLimits, now: number, losses: Losses): void {
  const minTime = now - limits.queueAge
  dropOldBatches(queue, inFlight, minTime, losses)
  dropOldPoints(queue, inFlight, minTime, losses)
  while (queue.size().sizeBytes > limits.queueSize && hasOlder(queue, inFlight)) {
    const at = closestNeighbours(queue, inFlight, now)
    if (at === undefined) dropOldest(queue, inFlight, 'size', losses)
    else mergeAt(queue, at, losses)
  }
}

/** Whether there is a batch besides the newest. */
function hasOlder({ batches }: Queue, inFlight: number): boolean {
  return batches.length - inFlight > 1
}

function dropOldBatches(queue: Queue, inFlight: number, minTime: number, losses: Losses): void {
  while (hasOlder(queue, inFlight) && queue.batches[inFlight]!.newest < minTime)
    dropOldest(queue, inFlight, 'age', losses)
}

function dropOldest(queue: Queue, inFlight: number, reason: DropReason, losses: Losses): void {
  losses.dropped(queue.batches[inFlight]!, reason)
  queue.replace(inFlight, 1)
}

/** A batch may span a long time. A store would refuse its old points, and the others with them. */
function dropOldPoints(queue: Queue, inFlight: number, minTime: number, losses: Losses): void {
  for (let i = inFlight; i < queue.batches.length; i++) {
    const batch = queue.batches[i]!
    if (batch.oldest >= minTime || batch.newest < minTime) continue
    const [old, others] = split(batch, minTime)
    if (old.streams.length === 0) continue
    losses.dropped(old, 'age')
    queue.replace(i, 1, others)
  }
}

/**
 * The index of the two neighbours that are closest together relative to their age: old data gets coarser, recent data stays as it is.
 * `undefined` when there are no two besides the newest.
 */
function closestNeighbours({ batches }: Queue, inFlight: number, now: number): number | undefined {
  let closest: number | undefined
  let least = Infinity
  for (let i = inFlight; i < batches.length - 2; i++) {
    const { since } = batches[i]!
    const span = (batches[i + 1]!.newest - since) / (now - since + 1)
    if (span < least) [closest, least] = [i, span]
  }
  return closest
}

function mergeAt(queue: Queue, at: number, losses: Losses): void {
  const [old, next] = [queue.batches[at]!, queue.batches[at + 1]!]
  const merged = mergeBatches(old, next)
  losses.thinned(old.streams.length + next.streams.length - merged.streams.length)
  queue.replace(at, 2, merged)
}
