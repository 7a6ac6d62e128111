import { describe, expect, it } from 'vitest'

import { guardEthtool, guardStatistics } from '../src/guard.ts'

// Names as the driver gives them: ENA 2.17.0, and the kernel's own of 6.12, which has no total_resets.
const NAMES = [
  'total_resets',
  'interface_down',
  'bw_in_allowance_exceeded',
  'linklocal_allowance_exceeded',
  'conntrack_allowance_available',
]
const UPSTREAM = NAMES.slice(1)

const none = Float64Array.from(NAMES, () => Number.NaN)

describe('the guard of the allowances', () => {
  it.each<[string, readonly number[], readonly number[] | Float64Array, string | undefined]>([
    ['believes the first read', [0, 0, 0, 0, 500], none, undefined],
    ['discards zeros in the first read', [0, 0, 0, 0, 0], none, 'all_zero'],
    ['believes a counter that stays at zero', [0, 0, 0, 0, 500], [0, 0, 0, 0, 500], undefined],
    ['discards zeros that no reset explains', [1, 1, 0, 0, 0], [1, 1, 5, 9, 500], 'all_zero'],
    ['discards a capacity of zero although no counter was above zero', [1, 1, 0, 0, 0], [1, 1, 0, 0, 500], 'all_zero'],
    ['believes zeros after a reset', [2, 1, 0, 0, 0], [1, 1, 5, 9, 500], undefined],
    ['believes zeros after the interface was down', [1, 2, 0, 0, 0], [1, 1, 5, 9, 500], undefined],
    ['believes a read in which only some are zero', [1, 1, 0, 9, 500], [1, 1, 5, 9, 500], undefined],
  ])('%s', (_, now, accepted, outcome) => {
    expect(guardEthtool(NAMES)(Float64Array.from(now), Float64Array.from(accepted))).toBe(outcome)
  })

  it('works without total_resets', () => {
    expect(guardEthtool(UPSTREAM)(Float64Array.from([1, 0, 0, 0]), Float64Array.from([1, 5, 9, 500]))).toBe('all_zero')
    expect(guardEthtool(UPSTREAM)(Float64Array.from([2, 0, 0, 0]), Float64Array.from([1, 5, 9, 500]))).toBeUndefined()
  })

  it('leaves drivers without allowances alone', () => {
    expect(
      guardEthtool(['rx_queue_0_packets', 'interface_down'])(Float64Array.from([0, 0]), Float64Array.from([7, 7])),
    ).toBeUndefined()
  })
})

describe('the guard of the statistics', () => {
  it('holds zeros back until a read tells whether it was a reset', () => {
    const accepted = Float64Array.from([700, 3])
    expect(guardStatistics(['rx_bytes', 'tx_bytes'])(Float64Array.from([0, 0]), accepted)).toBe('all_zero')
    expect(guardStatistics(['rx_bytes', 'tx_bytes'])(Float64Array.from([0, 1]), accepted)).toBeUndefined()
  })

  it('believes zeros of an interface that never carried anything', () => {
    expect(
      guardStatistics(['rx_bytes', 'tx_bytes'])(Float64Array.from([0, 0]), Float64Array.from([0, 0])),
    ).toBeUndefined()
  })
})
