// Whether the device began to count anew between two reads. A counter that fell tells it by itself; one that has risen above its
// old value since doesn't.
/**
 * True when the allowances were set to 0 between the two reads.
 *
 * @param before the values of the last read that was believed; NaN where there is none
 */
export type WasReset = (values: Float64Array, before: Float64Array) => boolean

/**
 * For an ENA driver whose statistics have these names, in this order; `undefined` when it doesn't count its resets (before 2.10, and
 * Linux' own).
 *
 * AWS: the allowances are "the cumulative number of packets […] since the last driver reset" (EC2 User Guide, "Monitor network
 * performance for ENA settings"). Not seen on an instance by us, so the counters themselves are asked first: one that was above 0
 * and is the same tells that they go on, one that fell tells that they don't. The documentation decides only where all have risen.
 */
export function allowanceReset(names: readonly string[]): WasReset | undefined {
  const resets = names.indexOf('total_resets')
  if (resets < 0) return undefined
  const counters = [...names.keys()].filter((i) => isAllowanceCounter(names[i]!))
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

/** What `allowanceReset` is about. */
export function isAllowanceCounter(name: string): boolean {
  return name.endsWith('_allowance_exceeded')
}
