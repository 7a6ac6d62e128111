// Keeps the queue within its limits of age and size: which batches are merged, and which points are dropped.
import type { Config } from '../config/options.ts'
import { type Batch, mergeBatches, split } from './batch.ts'

/** The newest batch is kept even where it is larger than the queue may be. */
export type QueueLimits = Pick<Config, 'queueSize' | 'queueAge'>

/** Called for all points that the queue loses. */
export interface Losses {
  /** Points that were removed when batches were merged. */
  readonly thinned: (points: number) => void
  /** Points that were dropped. */
  readonly dropped: (batch: Batch, reason: 'age' | 'size') => void
}

export interface Queue {
  /** Oldest first. */
  readonly batches: readonly Batch[]
  /** Memory of all batches, bytes. */
  readonly sizeBytes: () => number
  /** Replaces `removed` batches from index `at` on. */
  readonly replace: (at: number, removed: number, ...added: readonly Batch[]) => void
}

/**
 * Drops what is too old, then merges neighbouring batches while the queue is too large, then drops the oldest. The newest batch is never
 * dropped: it is the current state.
 *
 * @param inFlight how many batches at the start of the queue are being sent and must not change
 * @param now milliseconds since the epoch
 */
export function keepBounds(queue: Queue, inFlight: number, limits: QueueLimits, now: number, losses: Losses): void {
  const { batches } = queue
  dropOld(queue, inFlight, now - limits.queueAge, losses)
  while (queue.sizeBytes() > limits.queueSize && batches.length - inFlight > 1) {
    const at = closestNeighbours(batches, inFlight, now)
    if (at === undefined) {
      losses.dropped(batches[inFlight]!, 'size')
      queue.replace(inFlight, 1)
    } else mergeAt(queue, at, losses)
  }
}

/** A batch may span a long time. A store would refuse its old points, and the others with them. */
function dropOld(queue: Queue, inFlight: number, minTime: number, losses: Losses): void {
  const { batches } = queue
  const newest = batches.at(-1)
  for (let i = batches.length - 1; i >= inFlight; i--) {
    const batch = batches[i]!
    if (batch.oldest >= minTime || (batch === newest && batch.newest < minTime)) continue
    const [old, others] = split(batch, minTime)
    if (old.streams.length === 0) continue
    losses.dropped(old, 'age')
    queue.replace(i, 1, ...(others.streams.length > 0 ? [others] : []))
  }
}

/**
 * The index of the two neighbours that are closest together relative to their age: old data gets coarser, recent data stays as it is.
 * `undefined` when there are no two besides the newest.
 */
function closestNeighbours(batches: readonly Batch[], inFlight: number, now: number): number | undefined {
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
