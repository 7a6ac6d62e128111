// The points of one export, in little memory: 32 bytes each. What has to go when there is no room.
import type { Attributes } from '../metrics/points.ts'
import type { Stream } from './streams.ts'

/** Points in the order of their time within each stream. */
export interface Batch {
  /** The stream of each point. */
  readonly streams: readonly Stream[]
  /** Of each point its start and its time (milliseconds since the epoch) and its value: three numbers. */
  readonly numbers: Float64Array
  /** Which of them begin a series, or begin it anew after a reset: their indexes. */
  readonly begins: ReadonlySet<number>
  /** The time of its newest point, milliseconds since the epoch. */
  readonly newest: number
  /** One point for each stream, as far as totals allow. */
  readonly isThin: boolean
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
const POINT_BYTES = (WIDTH + 1) * 8
/** Two arrays and the object that holds them. */
const BATCH_BYTES = 256

export type NewPoint = Omit<BatchPoint, 'attributes'>

export function createBatch(points: readonly NewPoint[], isThin = false): Batch {
  const numbers = new Float64Array(points.length * WIDTH)
  const begins = new Set<number>()
  let newest = 0
  points.forEach(({ startTime, time, value, begins: isFirst }, i) => {
    if (isFirst) begins.add(i)
    numbers[i * WIDTH + START] = startTime
    numbers[i * WIDTH + TIME] = time
    numbers[i * WIDTH + VALUE] = value
    newest = Math.max(newest, time)
  })
  return { streams: points.map(({ stream }) => stream), numbers, begins, newest, isThin }
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
 * The last point of each stream, and what `increase()` needs of totals, whose start times a store may not know: the points before and
 * after each reset. Nothing of a total gets lost, only when it changed.
 */
export function thinTotals(batch: Batch): Batch {
  const kept: NewPoint[] = []
  const next = new Map<Stream, BatchPoint>()
  for (const point of [...pointsOf(batch)].toReversed()) {
    const after = next.get(point.stream)
    next.set(point.stream, point)
    if (after === undefined || after.begins || point.begins) kept.push(point)
  }
  return createBatch(kept.toReversed(), true)
}

/** One delta for each counter: the sum. Of gauges the last. */
export function thinDeltas(batch: Batch): Batch {
  return createBatch([...foldDeltas(batch).values()], true)
}

function foldDeltas(batch: Batch): Map<Stream, NewPoint> {
  const folded = new Map<Stream, NewPoint>()
  for (const point of pointsOf(batch)) {
    const before = folded.get(point.stream)
    if (!before || point.stream.metric.kind === 'gauge') folded.set(point.stream, point)
    else folded.set(point.stream, { ...point, startTime: before.startTime, value: before.value + point.value })
  }
  return folded
}

/** `next` with what was added in `old`, which is dropped: a delta says since when it counts, so none gets lost. */
export function carryDeltas(old: Batch, next: Batch): Batch {
  const carried = foldDeltas(old)
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
  return createBatch([...points, ...without.map((point) => ({ ...point, time: next.newest }))], next.isThin)
}
