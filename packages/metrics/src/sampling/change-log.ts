// The points of a counter that an export carries beside its last value.
import type { SampledPoint } from './value.ts'

/**
 * The sample before each change, and the change, since the last export. Of a counter that keeps no changes, those around a reset. A zero
 * where the counter was reset and its values do not show it.
 */
export type ChangeLog = SampledPoint[]

/** More than an hour of changes, one a second: exports may be further apart than that. */
const MAX_CHANGES = 4096

/** Adds a point, once; of two points in one millisecond the later one is kept. A full log drops its oldest point. */
export function addChange(log: ChangeLog, point: SampledPoint): void {
  if (log.at(-1)?.time === point.time) log.pop()
  else if (log.length >= MAX_CHANGES) log.shift()
  log.push(point)
}
