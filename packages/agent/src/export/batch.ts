// The points of one export, in little memory: 32 bytes each. What has to go when there is no room.
import type { Attributes } from '@ena-otel/metrics/src/points/points.ts'
import type { Stream } from './streams.ts'

/** Points in the order of their time within each stream. */
export interface Batch {
  /** The stream of each point. */
  readonly streams: readonly Stream[]
  /** Of each point its start and its time (milliseconds since the epoch) and its value: three numbers. */
  readonly numbers: Float64Array
  /** Which of them begin a series, or begin it anew after a reset: their indexes. */
  readonly begins: ReadonlySet<number>
  /** The times of its oldest point and of its newest, milliseconds since the epoch. */
  readonly oldest: number
  readonly newest: number
  /** Since when it tells: of what was merged, the oldest point of all. */
  readonly since: number
}

export interface BatchPoint {
  readonly stream: Stream
  readonly attributes: Attributes
  readonly startTime: number
  readonly time: number
  readonly value: number
  /** It is the first of its stream, or the first after a reset. */
  readonly begins: boolean
}

const START = 0
const TIME = 1
const VALUE = 2
const WIDTH = 3

/** A number is 8 bytes, a reference as well. */
export const POINT_BYTES: number = (WIDTH + 1) * 8
/** Two arrays and the object that holds them. */
const BATCH_BYTES = 256

export type NewPoint = Omit<BatchPoint, 'attributes'>

export function createBatch(points: readonly NewPoint[], since = Infinity): Batch {
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

export function* pointsOf({ streams, numbers, begins }: Batch): Generator<BatchPoint> {
  for (const [i, stream] of streams.entries()) {
    const at = i * WIDTH
    yield {
      stream,
      attributes: stream.attributes,
      startTime: numbers[at + START]!,
      time: numbers[at + TIME]!,
      value: numbers[at + VALUE]!,
      begins: begins.has(i),
    }
  }
}

/** What it takes of memory, bytes: what it holds by itself, as streams are shared. */
export function sizeOf({ streams }: Batch): number {
  return BATCH_BYTES + streams.length * POINT_BYTES
}

/**
 * Of two batches one: the last point of each stream, and what `increase()` needs of totals, whose start times a store may not know: the
 * points before and after each reset. Nothing of a total gets lost, only when it changed.
 */
export function mergeTotals(old: Batch, next: Batch): Batch {
  return createBatch(thinTotals([...pointsOf(old), ...pointsOf(next)]), old.since)
}

function thinTotals(points: readonly NewPoint[]): readonly NewPoint[] {
  const kept: NewPoint[] = []
  const following = new Map<Stream, NewPoint>()
  for (const point of points.toReversed()) {
    const after = following.get(point.stream)
    following.set(point.stream, point)
    if (after === undefined || after.begins || point.begins) kept.push(point)
  }
  return kept.toReversed()
}

/** What totals need of a batch that is dropped: by series the points before and after each reset, and the last. */
export function neededOf(old: Batch): Map<Stream, readonly NewPoint[]> {
  const counters = thinTotals([...pointsOf(old)]).filter(({ stream }) => stream.metric.kind === 'counter')
  return Map.groupBy(counters, ({ stream }) => stream)
}

/**
 * The batch with what is needed of its series, just before their first points here: there a store still takes it. What goes on here
 * needs no last point. Takes out of `needed` the series that it has; the batch itself when there is nothing to add.
 */
export function withNeeded(batch: Batch, needed: Map<Stream, readonly NewPoint[]>): Batch {
  const points: NewPoint[] = []
  for (const point of pointsOf(batch)) {
    const before = needed.get(point.stream) ?? []
    needed.delete(point.stream)
    const isNeeded = before.at(-1)?.begins === true || point.begins
    points.push(...justBefore(point.time, isNeeded ? before : before.slice(0, -1)), point)
  }
  return points.length === batch.streams.length ? batch : createBatch(points, batch.since)
}

/** The batch with what is needed of series that have no point any more. */
export function withEnded(batch: Batch, needed: Map<Stream, readonly NewPoint[]>): Batch {
  const ended = [...needed.values()].flatMap((points) => justBefore(batch.newest, points))
  return ended.length === 0 ? batch : createBatch([...ended, ...pointsOf(batch)], batch.since)
}

/** A millisecond apart, in their order. */
function justBefore(time: number, points: readonly NewPoint[]): readonly NewPoint[] {
  return points.map((point, i) => ({ ...point, time: time - points.length + i }))
}

/** Of two batches one, with one delta for each counter: the sum. Of gauges the last. */
export function mergeDeltas(old: Batch, next: Batch): Batch {
  return createBatch([...foldDeltas([...pointsOf(old), ...pointsOf(next)]).values()], old.since)
}

function foldDeltas(points: Iterable<NewPoint>): Map<Stream, NewPoint> {
  const folded = new Map<Stream, NewPoint>()
  for (const point of points) {
    const before = folded.get(point.stream)
    if (!before || point.stream.metric.kind === 'gauge') folded.set(point.stream, point)
    else folded.set(point.stream, { ...point, startTime: before.startTime, value: before.value + point.value })
  }
  return folded
}

/** `next` with what was added in `old`, which is dropped: a delta says since when it counts, so none gets lost. */
export function carryDeltas(old: Batch, next: Batch): Batch {
  const carried = foldDeltas(pointsOf(old))
  const points: NewPoint[] = []
  for (const point of pointsOf(next)) {
    const before = carried.get(point.stream)
    if (!before || point.stream.metric.kind === 'gauge') points.push(point)
    else {
      points.push({ ...point, startTime: before.startTime, value: before.value + point.value })
      carried.delete(point.stream)
    }
  }
  const without = [...carried.values()].filter(({ stream }) => stream.metric.kind === 'counter')
  // With its own time: the series' next delta begins there, wherever it is.
  return createBatch([...without, ...points], next.since)
}

/** The points before `time`, and the others: with them what follows one of them in its series, as it does when a clock was set back. */
export function split(batch: Batch, time: number): readonly [Batch, Batch] {
  const old: NewPoint[] = []
  const others: NewPoint[] = []
  const follows = new Set<Stream>()
  for (const point of pointsOf(batch)) {
    if (point.time >= time) follows.add(point.stream)
    if (follows.has(point.stream)) others.push(point)
    else old.push(point)
  }
  return [createBatch(old), createBatch(others)]
}
