import { describe, expect, it } from 'vitest'

import { type Guard, guardEthtool, guardStatistics, maxLinkBits } from '../../src/sampling/guard.ts'

// Names as the driver gives them: ENA 2.17.0, and the kernel's own of 6.12, which has no total_resets.
const NAMES = [
  'total_resets',
  'interface_down',
  'bw_in_allowance_exceeded',
  'linklocal_allowance_exceeded',
  'conntrack_allowance_available',
]
const UPSTREAM = NAMES.slice(1)

const second = 1000
const none = NAMES.map(() => Number.NaN)

function judge(guard: Guard, now: readonly number[], accepted: readonly number[], elapsedMs?: number): unknown {
  return guard(Float64Array.from(now), Float64Array.from(accepted), elapsedMs)
}

describe('the guard of the allowances', () => {
  it.each<[string, readonly number[], readonly number[], string | undefined]>([
    ['accepts the first read', [0, 0, 0, 0, 500], none, undefined],
    ['discards zeros in the first read', [0, 0, 0, 0, 0], none, 'all_zero'],
    ['accepts a counter that stays at zero', [0, 0, 0, 0, 500], [0, 0, 0, 0, 500], undefined],
    ['discards zeros that no reset explains', [1, 1, 0, 0, 0], [1, 1, 5, 9, 500], 'all_zero'],
    ['discards a capacity of zero although no counter was above zero', [1, 1, 0, 0, 0], [1, 1, 0, 0, 500], 'all_zero'],
    ['accepts zeros after a reset', [2, 1, 0, 0, 500], [1, 1, 5, 9, 500], undefined],
    [
      'accepts zeros after a reset where no connection was available before',
      [2, 1, 0, 0, 0],
      [1, 1, 5, 9, 0],
      undefined,
    ],
    [
      'discards zeros after a reset when no connection is available, either',
      [2, 1, 0, 0, 0],
      [1, 1, 5, 9, 500],
      'all_zero',
    ],
    ['discards zeros just after the interface was down', [1, 2, 0, 0, 0], [1, 1, 5, 9, 500], 'all_zero'],
    ['accepts a read in which only some are zero', [1, 1, 0, 9, 500], [1, 1, 0, 9, 500], undefined],
  ])('%s', (_, now, accepted, outcome) => {
    expect(judge(guardEthtool(NAMES), now, accepted, second)).toBe(outcome)
  })

  // ena_allowance_exceeded of a driver from 2.13.2 to 2.15.0 when its command fails: addresses, flags, small numbers.
  const address = Number(0xffff_c900_004b_bd58n)
  it.each<[string, readonly number[], readonly number[], number | undefined, string | undefined]>([
    ['discards an address', [1, 1, 5, address, 500], [1, 1, 5, 9, 500], second, 'implausible'],
    ['discards an address in the first read', [1, 1, 5, address, 500], none, undefined, 'implausible'],
    ['accepts a first read however high', [1, 1, 5, 2 ** 50, 500], none, undefined, undefined],
    [
      'discards an address also where a reset explains a fall',
      [2, 1, 0, address, 500],
      [1, 1, 5, 9, 500],
      second,
      'implausible',
    ],
    ['discards a fall that no event explains', [1, 1, 5, 7, 500], [1, 1, 5, 9, 500], second, 'implausible'],
    ['accepts a fall after a reset', [2, 1, 5, 7, 500], [1, 1, 5, 9, 500], second, undefined],
    ['accepts what 1 Tbit/s carries in a second', [1, 1, 5, 1_488_095_247, 500], [1, 1, 5, 9, 500], second, undefined],
    ['discards one packet more', [1, 1, 5, 1_488_095_248, 500], [1, 1, 5, 9, 500], second, 'implausible'],
    ['accepts it in two seconds', [1, 1, 5, 1_488_095_248, 500], [1, 1, 5, 9, 500], 2 * second, undefined],
    ['holds no two close reads to milliseconds', [1, 1, 5, 1_488_095_247, 500], [1, 1, 5, 9, 500], 1, undefined],
    ['lets the available connections fall', [1, 1, 5, 9, 3], [1, 1, 5, 9, 500], second, undefined],
  ])('%s', (_, now, accepted, elapsedMs, outcome) => {
    expect(judge(guardEthtool(NAMES), now, accepted, elapsedMs)).toBe(outcome)
  })

  it('accepts a fall that lasts: a reset that the driver does not count', () => {
    const guard = guardEthtool(NAMES)
    const accepted = [1, 1, 5, 9, 500]
    const fallen = [1, 1, 0, 2, 500]
    const read = (values: readonly number[]): unknown => judge(guard, values, accepted, second)
    expect([read(fallen), read(fallen), read(accepted)]).toEqual(['implausible', 'implausible', undefined])
    expect([1, 2, 3, 4].map(() => read(fallen))).toEqual(['implausible', 'implausible', 'implausible', undefined])
  })

  it('accepts zeros after the interface was down when they last, because the device may have been reset with it', () => {
    const guard = guardEthtool(NAMES)
    const read = (now: readonly number[]): unknown => judge(guard, now, [1, 1, 5, 9, 500], second)
    const zeros = [1, 2, 0, 0, 0]
    expect([zeros, zeros].map(read)).toEqual(['all_zero', 'all_zero'])
    expect(read([1, 2, 5, 9, 500])).toBeUndefined() // two commands had failed
    expect([zeros, zeros, zeros, zeros].map(read)).toEqual(['all_zero', 'all_zero', 'all_zero', undefined])
  })

  it('works without total_resets', () => {
    expect(judge(guardEthtool(UPSTREAM), [1, 0, 0, 0], [1, 5, 9, 500], second)).toBe('all_zero')
    expect(
      judge(guardEthtool(['wd_expired', ...UPSTREAM]), [1, 1, 0, 0, 500], [0, 1, 5, 9, 500], second),
    ).toBeUndefined()
  })

  // ENA Express is a command of its own, which fails without that of the allowances: zeros (2.16.0 and newer), or what lay on the stack.
  it.each<[string, readonly number[], string | undefined]>([
    ['accepts what goes on', [1, 9, 1, 1_000_007, 2000], undefined],
    ['discards zeros', [1, 9, 0, 0, 0], 'implausible'],
    ['discards zeros just after a reset, through which ENA Express counts on', [2, 9, 0, 0, 0], 'implausible'],
    ['discards an address', [1, 9, 3, address, 2000], 'implausible'],
  ])('of ENA Express it %s', (_, now, outcome) => {
    const names = ['total_resets', 'linklocal_allowance_exceeded', 'ena_srd_mode', 'ena_srd_tx_pkts', 'ena_srd_rx_pkts']
    const accepted = [1, 9, 1, 1_000_000, 2000]
    const guard = guardEthtool(names)
    expect(judge(guard, now, accepted, second)).toBe(outcome)
  })

  it('accepts zeros of ENA Express that last', () => {
    const guard = guardEthtool(['ena_srd_tx_pkts'])
    const read = (): unknown => judge(guard, [0], [7], second)
    expect([read(), read(), read(), read()]).toEqual(['implausible', 'implausible', 'implausible', undefined])
  })

  it('leaves drivers without allowances alone', () => {
    expect(judge(guardEthtool(['rx_queue_0_packets', 'interface_down']), [0, 0], [7, 7], second)).toBeUndefined()
  })
})

describe('the guard of the statistics', () => {
  it('holds zeros back until a read shows whether it was a reset', () => {
    const accepted = [700, 3]
    expect(judge(guardStatistics(['rx_bytes', 'tx_bytes']), [0, 0], accepted, second)).toBe('all_zero')
    expect(judge(guardStatistics(['rx_bytes', 'tx_bytes']), [0, 1], accepted, second)).toBeUndefined()
  })

  it.each([
    ['traffic', ['rx_bytes', 'tx_bytes']],
    ['drops', ['rx_dropped', 'tx_bytes']],
  ])('holds %s back that fell beside what goes on, three times: a reset ended between two files', (_, names) => {
    const guard = guardStatistics(names)
    const read = (): unknown => judge(guard, [0, 4], [700, 3], second)
    expect([read(), read(), read(), read()]).toEqual(['all_zero', 'all_zero', 'all_zero', undefined])
  })

  it('holds zeros back also where the kernel adds drops of its own to them', () => {
    const guard = guardStatistics(['rx_bytes', 'rx_dropped'])
    expect(judge(guard, [0, 3], [700, 3], second)).toBe('all_zero')
    expect(judge(guard, [1, 3], [700, 3], second)).toBeUndefined()
  })

  it('accepts zeros of an interface that never carried anything', () => {
    expect(judge(guardStatistics(['rx_bytes', 'tx_bytes']), [0, 0], [0, 0], second)).toBeUndefined()
  })

  const NAMES_OF_TRAFFIC = ['rx_bytes', 'rx_packets', 'rx_dropped']
  it.each<
    [string, linkBits: number | undefined, now: readonly number[], elapsedMs: number | undefined, string | undefined]
  >([
    ['accepts what the link carries in a second', maxLinkBits(undefined), [125e9, 5, 0], second, undefined],
    ['discards a byte more', maxLinkBits(undefined), [125e9 + 1, 5, 0], second, 'implausible'],
    ['accepts it in two seconds', maxLinkBits(undefined), [125e9 + 1, 5, 0], 2 * second, undefined],
    [
      'accepts no less of a link that reports less than 100 Gbit/s',
      maxLinkBits(10_000),
      [12.5e9, 5, 0],
      second,
      undefined,
    ],
    ['discards more of it', maxLinkBits(10_000), [12.5e9 + 1, 5, 0], second, 'implausible'],
    ['accepts a link that reports more', maxLinkBits(400_000), [50e9, 5, 0], second, undefined],
    [
      'discards more packets than the smallest frames are',
      maxLinkBits(100_000),
      [5, 148_809_524, 0],
      second,
      'implausible',
    ],
    ['holds drops to no link', maxLinkBits(100_000), [5, 5, 1e15], second, undefined],
    ['holds a veth to nothing', undefined, [1e15, 5, 0], second, undefined],
    ['applies the limit of at least a second', maxLinkBits(undefined), [100e9, 5, 0], 1, undefined],
    ['accepts a first read however high', maxLinkBits(undefined), [1e18, 5, 0], undefined, undefined],
  ])('%s', (_, linkBits, now, elapsedMs, outcome) => {
    const accepted = elapsedMs === undefined ? now.map(() => Number.NaN) : [0, 0, 0]
    const guard = guardStatistics(NAMES_OF_TRAFFIC, linkBits)
    expect(judge(guard, now, accepted, elapsedMs)).toBe(outcome)
  })

  it('holds zeros back also where there was no traffic before, and something else fell', () => {
    const guard = guardStatistics(NAMES_OF_TRAFFIC)
    expect(judge(guard, [0, 0, 0], [0, 0, 3], second)).toBe('all_zero')
    expect(judge(guard, [0, 0, 4], [0, 0, 3], second)).toBeUndefined()
  })
})
