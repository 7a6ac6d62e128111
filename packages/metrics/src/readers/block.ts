// What every reader fills: the counters that are read in one go, under the kernel's own names.
import type { CounterSource } from '../table.ts'

export interface ReadBuffer {
  readonly from: CounterSource
  /** The kernel's names, in its order. Replaced as a whole when the kernel's set changes. */
  names: readonly string[]
  /** `values[i]` belongs to `names[i]`; NaN: not offered this time. Exact to 2^53, rounded to the nearest double beyond. */
  values: Float64Array
}

/** Where in `names` those are that are wanted. */
export function positions(names: readonly string[], isWanted: (name: string) => boolean): readonly number[] {
  return [...names.keys()].filter((i) => isWanted(names[i]!))
}

/**
 * How much a read reads. `sampled`: the counters that are worth a look each second, those in the metrics table; `all`: the rest as
 * well, before an export.
 */
export type Coverage = 'sampled' | 'all'

export interface Reader {
  readonly block: ReadBuffer
  /**
   * Fills the block: `read`; `changed` when names were replaced as well; `absent` when there is nothing to read at the moment
   * (the interface is down), in which case the block's values mean nothing. What is not within the coverage is NaN.
   *
   * @throws Error with `code`, ENODEV when the interface is gone
   */
  readonly read: (coverage: Coverage) => 'read' | 'changed' | 'absent'
  /**
   * Since the read before the last, the driver counted a command without an answer: what the last one filled in may be made up, or
   * the previous values.
   */
  readonly isUnanswered?: () => boolean
  readonly close: () => void
}
