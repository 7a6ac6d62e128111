// Which points are sent: changes at once, and an unchanged series once a heartbeat interval. AMP bills by sample, and most series of a
// quiet node never change. Prometheus and AMP take the last sample of a series for its value for five minutes.
import { DataPointType } from '@opentelemetry/sdk-metrics'

import type { QueuedPoint } from './batch.ts'
import type { StreamPoint } from './streams.ts'

export interface HeartbeatOptions {
  /** How often an unchanged series is sent, milliseconds. Up to `exportInterval`: with each export. */
  readonly heartbeatInterval: number
  /** Milliseconds. */
  readonly exportInterval: number
  /** `full`: every point is sent. */
  readonly detail: 'changes' | 'full'
}

/** The points of one export that are sent, with those that were held back before and are needed now. `now`: milliseconds since the epoch. */
export type Heartbeat = (points: readonly QueuedPoint[], now: number) => readonly QueuedPoint[]

/**
 * A point is held back that repeats its stream's last one. The next change sends it first, so that a store sees when the change began: its
 * `increase()` is the same as if every point had been sent.
 *
 * - The agent's own metrics are sent once an interval, changed or not.
 * - Some streams begin with their first value other than 0 (`StreamMetric.beginsWithRise`).
 * - A delta of 0 is never sent.
 */
export function createHeartbeat({ heartbeatInterval, exportInterval, detail }: HeartbeatOptions): Heartbeat {
  if (detail === 'full') return (points) => points
  // The export that is nearest to the interval: exports are a few milliseconds early or late.
  const dueMs = heartbeatInterval - exportInterval / 2
  let newest = -Infinity

  /** No export has a point that is older than one of an earlier export: Prometheus refuses such a request (target_info). */
  const quietBefore = ({ stream, time }: QueuedPoint): readonly QueuedPoint[] => {
    const { quiet, sent } = stream
    if (quiet === undefined) return []
    const moved = { ...quiet, stream, time: Math.max(quiet.time, newest) }
    return moved.time < time && moved.time > (sent?.time ?? -Infinity) ? [moved] : []
  }

  const select = (point: QueuedPoint): readonly QueuedPoint[] => {
    const { stream } = point
    const { sent, metric } = stream
    if (metric.merging === 'add') return point.value === 0 ? [] : [point]
    const isHeld = sent === undefined ? metric.beginsWithRise && point.value === 0 : isQuiet(point, sent, dueMs)
    if (isHeld) {
      stream.quiet = { ...point, begins: point.begins || stream.quiet?.begins === true }
      return []
    }
    const isChange = sent === undefined || (!metric.isOwn && !isRepeat(point, sent))
    const before = isChange ? quietBefore(point) : []
    const begins = point.begins || (before.length === 0 && stream.quiet?.begins === true)
    stream.quiet = undefined
    stream.sent = point
    return [...before, begins === point.begins ? point : { ...point, begins }]
  }

  return (points, now) => {
    if (newest > now) newest = -Infinity // the clock was set back
    const selected = points.flatMap(select)
    for (const { time } of selected) newest = Math.max(newest, time)
    return selected
  }
}

function isQuiet(point: QueuedPoint, sent: StreamPoint, dueMs: number): boolean {
  const age = point.time - sent.time
  return age >= 0 && age < dueMs && (point.stream.metric.isOwn || isRepeat(point, sent))
}

function isRepeat({ stream, startTime, value }: QueuedPoint, sent: StreamPoint): boolean {
  const isGauge = stream.metric.data.dataPointType === DataPointType.GAUGE // its start time is its own time
  return value === sent.value && (startTime === sent.startTime || isGauge)
}
