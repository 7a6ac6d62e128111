// The points of one export in little memory: 32 bytes a point. How two batches are merged when the queue is full.
import type { Stream, StreamPoint } from './streams.ts'

/** Points in the order of their time within each stream. Times are milliseconds since the epoch. */
export interface Batch {
  /** The stream of each point. */
  readonly streams: readonly Stream[]
  /** Start time, time and value of each point: three numbers. */
  readonly numbers: Float64Array
  /** The indexes of the points that are the first of their stream, or the first after a reset. */
  readonly begins: ReadonlySet<number>
  /** Time of the oldest and of the newest point. */
  readonly oldest: number
  readonly newest: number
  /** Time of the oldest point that was ever part of this batch, also when merging has removed it. */
  readonly since: number
}

export interface QueuedPoint extends StreamPoint {
  readonly stream: Stream
}

const START = 0
const TIME = 1
const VALUE = 2
const WIDTH = 3

/** A number takes 8 bytes, and so does a reference. */
export const POINT_BYTES: number = (WIDTH + 1) * 8
/** Two arrays and the object that holds them. */
const BATCH_BYTES = 256

/** @param since the batch's `since`, when it is older than these points */
export function createBatch(points: readonly QueuedPoint[], since = Infinity): Batch {
  const numbers = new Float64Array(points.length * WIDTH)
  const begins = new Set<number>()
  let oldest = Infinity
  let newest = 0
  points.forEach(({ startTime, time, value, begins: isFirst }, i) => {
    if (isFirst) begins.add(i)
    numbers[i * WIDTH + START] = startTime
    numbers[i * WIDTH + TIME] = time
    numbers[i * WIDTH + VALUE] = value
    oldest = Math.min(oldest, time)
    newest = Math.max(newest, time)
  })
  return {
    streams: points.map(({ stream }) => stream),
    numbers,
    begins,
    oldest,
    newest,
    since: Math.min(since, oldest),
  }
}

/**
 * A batch of more points than a request should have becomes several. None of them has points that are older than those of the one before,
 * because they may be sent in requests of their own.
 *
 * @param since the batch's `since`, when it is older than these points
 * @param first how many points the first batch may have, when it is to have fewer
 */
export function createBatches(
  points: readonly QueuedPoint[],
  since?: number,
  first: number = MAX_BATCH_POINTS,
): readonly Batch[] {
  const batches: Batch[] = []
  const inOrder = points.length > first ? byTime(points) : points
  for (let i = 0, size = first; i < inOrder.length; i += size, size = MAX_BATCH_POINTS)
    batches.push(createBatch(inOrder.slice(i, i + size), since))
  return batches
}

/** A point stays behind those before it in its stream, whose times may be later where the clock was set back. */
function byTime(points: readonly QueuedPoint[]): readonly QueuedPoint[] {
  const latest = new Map<Stream, number>()
  const timed = points.map((point) => {
    const time = Math.max(point.time, latest.get(point.stream) ?? 0)
    latest.set(point.stream, time)
    return { point, time }
  })
  return timed.sort((a, b) => a.time - b.time).map(({ point }) => point)
}

export const MAX_BATCH_POINTS = 2_000

export function* pointsOf({ streams, numbers, begins }: Batch): Generator<QueuedPoint> {
  for (const [i, stream] of streams.entries()) {
    const at = i * WIDTH
    yield {
      stream,
      startTime: numbers[at + START]!,
      time: numbers[at + TIME]!,
      value: numbers[at + VALUE]!,
      begins: begins.has(i),
    }
  }
}

/** How many points all of them have. */
export function countPoints(batches: readonly Batch[]): number {
  return batches.reduce((sum, { streams }) => sum + streams.length, 0)
}

/** Memory of a batch, bytes, without its streams, which are shared. */
export function sizeOf({ streams }: Batch): number {
  return BATCH_BYTES + streams.length * POINT_BYTES
}

/**
 * One batch from two. Each stream keeps its last point; deltas are added up. A cumulative, monotonic sum also keeps the points before and
 * after each reset: `increase()` needs them where a store ignores start times.
 */
export function mergeBatches(old: Batch, next: Batch): Batch {
  const kept: QueuedPoint[] = []
  const lastKept = new Map<Stream, number>()
  for (const point of [...pointsOf(old), ...pointsOf(next)].toReversed()) {
    const { stream, startTime, value } = point
    const at = lastKept.get(stream)
    const after = at === undefined ? undefined : kept[at]
    const { merging } = stream.metric
    if (at !== undefined && after && merging === 'add') kept[at] = { ...after, startTime, value: after.value + value }
    else if (!after || (merging === 'keep resets' && (point.begins || after.startTime !== startTime))) {
      lastKept.set(stream, kept.length)
      kept.push(point)
    }
  }
  return createBatch(kept.toReversed(), old.since)
}

/**
 * The points before `time`, and the others. A point that follows one of the others in its stream is also one of the others: its time may
 * be earlier where the clock was set back.
 */
export function split(batch: Batch, time: number): readonly [Batch, Batch] {
  const follows = new Set<Stream>()
  const { old = [], others = [] } = Object.groupBy(pointsOf(batch), (point) => {
    if (point.time >= time) follows.add(point.stream)
    return follows.has(point.stream) ? 'others' : 'old'
  })
  return [createBatch(old), createBatch(others)]
}
