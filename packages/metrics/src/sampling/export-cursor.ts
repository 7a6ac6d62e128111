// How far a series has been exported, and whether it has something that should not wait for the next whole export.
import type { AttributeSet } from './attribute-sets.ts'
import type { SampledPoint } from './value.ts'

export interface ExportCursor {
  /** What the last point was exported under; `undefined` before the first. */
  set: AttributeSet | undefined
  /** `undefined` before the first. */
  point: SampledPoint | undefined
  /** How totals are exported where these attributes were those of another interface, or the clock was set back; `undefined` elsewhere. */
  base: Base | undefined
  /** Whole exports in a row, up to now, without a change before them. */
  quietExports: number
  /** The counter rose after it was quiet, and no export has carried that yet. */
  hasRisenAfterQuiet: boolean
}

/** Changes the points of a counter up to its next reset. Times are milliseconds since the epoch. */
export interface Base {
  /** The start time of these points. */
  readonly countedSince: number
  /** The start time that is exported instead. */
  readonly startTime: number
  /** The value that is exported as 0. */
  readonly value: number
}

/** After this many whole exports without a change a whole interval was quiet: no series is exported early twice in an interval. */
const MIN_QUIET_EXPORTS = 2

export function createExportCursor(): ExportCursor {
  return {
    set: undefined,
    point: undefined,
    base: undefined,
    quietExports: MIN_QUIET_EXPORTS,
    hasRisenAfterQuiet: false,
  }
}

/** Records that the counter changed. `hasRisen`: upwards, and the rise should be exported early where it follows quiet. */
export function recordChange(cursor: ExportCursor, hasRisen: boolean): void {
  if (hasRisen && cursor.quietExports >= MIN_QUIET_EXPORTS) cursor.hasRisenAfterQuiet = true
  cursor.quietExports = 0
}

/** Moves the cursor to a point. `isWhole`: the export carries every series, not only those that rose after quiet. */
export function moveCursor(cursor: ExportCursor, point: SampledPoint, set: AttributeSet, isWhole: boolean): void {
  cursor.set = set
  cursor.point = point
  cursor.hasRisenAfterQuiet = false
  if (isWhole) cursor.quietExports += 1
}
