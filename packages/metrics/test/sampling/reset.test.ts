import { describe, expect, it } from 'vitest'

import { allowanceReset } from '../../src/sampling/reset.ts'

const NAMES = [
  'total_resets',
  'bw_in_allowance_exceeded',
  'linklocal_allowance_exceeded',
  'conntrack_allowance_available',
]

describe('the allowances were reset', () => {
  it.each<[string, now: readonly number[], before: readonly number[], want: boolean]>([
    ['when the driver counts a reset and one fell', [2, 0, 9, 500], [1, 5, 3, 500], true],
    ['when the driver counts a reset and all that were above zero rose', [2, 0, 9, 500], [1, 0, 3, 500], true],
    ['when the driver counts a reset and all are zero as before', [2, 0, 0, 500], [1, 0, 0, 500], true],
    ['not when one that was above zero is the same: they go on', [2, 5, 9, 500], [1, 5, 3, 500], false],
    ['not without a reset of the driver', [1, 0, 9, 500], [1, 0, 3, 500], false],
    ['not in the first read', [2, 0, 9, 500], NAMES.map(() => Number.NaN), false],
  ])('%s', (_, now, before, want) => {
    expect(allowanceReset(NAMES)!(Float64Array.from(now), Float64Array.from(before))).toBe(want)
  })

  it('is never said of a driver that does not count its resets', () => {
    expect(allowanceReset(NAMES.slice(1))).toBeUndefined()
  })
})
