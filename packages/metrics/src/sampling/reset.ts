// Whether the device was reset between two reads. A counter that fell shows it; one that has risen above its old value since does not.
import { positions } from '../readers/block.ts'

/**
 * True when the allowances were set to 0 between the two reads.
 *
 * @param before the values of the last read that was accepted; NaN where there is none
 */
export type WasReset = (values: Float64Array, before: Float64Array) => boolean

/**
 * For an ENA driver whose statistics have these names, in this order; `undefined` when it does not count its resets (before 2.10, and
 * Linux' own).
 *
 * AWS: the allowances are "the cumulative number of packets […] since the last driver reset" (EC2 User Guide, "Monitor network
 * performance for ENA settings"). We have not seen it on an instance, so the counters decide first: they go on if one above 0 is unchanged,
 * and were reset if one fell. The documentation decides only where all have risen.
 */
export function allowanceReset(names: readonly string[]): WasReset | undefined {
  const resets = names.indexOf('total_resets')
  if (resets < 0) return undefined
  const counters = positions(names, isAllowanceCounter)
  return (values, before) => {
    if (!(before[resets]! < values[resets]!)) return false
    let same = false
    for (const i of counters) {
      if (values[i]! < before[i]!) return true
      if (values[i] === before[i] && values[i]! > 0) same = true
    }
    return !same
  }
}

/** Whether `allowanceReset` is about this counter. */
export function isAllowanceCounter(name: string): boolean {
  return name.endsWith('_allowance_exceeded')
}
