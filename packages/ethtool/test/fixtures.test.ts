import { describe, expect, test } from 'vitest'
import { createEthtool } from '../src/ethtool.ts'
import { fakeKernel } from './fake-kernel.ts'
import { fixture, fixtureText, formatFixture, parseFixture } from './fixture.ts'
import { buildEna, ENA_DRIVERS, enaValue } from './fixtures/build-ena.ts'

const SHAPES: Readonly<Record<string, { count: number; first: string; last: string }>> = {
  'ena-2.12': { count: 22 + 6 + 5 + 2 * (17 + 24) + 5, first: 'total_resets', last: 'ena_admin_q_no_completion' },
  'ena-2.17': {
    count: 23 + 6 + 5 + 5 + 6 + 1 + 2 * (23 + 33),
    first: 'total_resets',
    last: 'queue_1_rx_zc_queue_pkt_copy',
  },
  'ena-upstream-6.1': { count: 7 + 5 + 2 * (15 + 19) + 5, first: 'tx_timeout', last: 'ena_admin_q_no_completion' },
  'ena-upstream-6.12': { count: 8 + 6 + 5 + 2 * (15 + 19) + 5, first: 'tx_timeout', last: 'ena_admin_q_no_completion' },
}

describe.each(ENA_DRIVERS)('$name', (driver) => {
  const ethtool = createEthtool(fakeKernel({ ens5: fixture(driver.name) }), 3)
  const map = ethtool.statistics('ens5') ?? new Map<string, bigint>()
  const names = [...map.keys()]

  test('is committed as its script builds it', () => {
    expect(fixtureText(`${driver.name}.hex`)).toBe(buildEna(driver))
  })

  test('has the statistics of its driver, in its order, with their values', () => {
    const shape = SHAPES[driver.name]
    expect({ count: map.size, first: names[0], last: names.at(-1) }).toEqual(shape)
    expect([...map]).toEqual(driver.names.map((name, position) => [name.slice(0, 31), enaValue(name, position)]))
  })

  test('has the allowances its driver offers and no others', () => {
    const offered = names.filter((name) => name.includes('_allowance_') || name.startsWith('ena_srd_'))
    expect({ allowances: offered.length, available: map.get('conntrack_allowance_available') }).toEqual(
      driver.name === 'ena-upstream-6.1'
        ? { allowances: 5, available: undefined }
        : { allowances: 11, available: 51_286n },
    )
  })

  test('says who it is, and that it has no link settings', () => {
    const { driver: name, version, busInfo } = ethtool.driverInfo('ens5')
    expect([name, version, busInfo]).toEqual(['ena', driver.version, '0000:00:05.0'])
    expect(ethtool.linkSettings('ens5')).toBeUndefined()
  })
})

test('a name of 32 letters arrives with 31', () => {
  const ethtool = createEthtool(fakeKernel({ ens5: fixture('ena-2.17') }), 3)
  expect(ethtool.statisticNames('ens5')?.filter((name) => name.includes('pending'))).toEqual([
    'queue_0_tx_pending_timedout_pkt',
    'queue_1_tx_pending_timedout_pkt',
  ])
})

test('the text of a fixture says the same when it is read and written again', () => {
  const replies = fixture('veth')
  expect(parseFixture(formatFixture({ kind: 'again' }, replies))).toEqual(replies)
})
