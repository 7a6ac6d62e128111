import { expect, test } from 'vitest'

import { createViewer } from '../../src/view/interface-view.ts'
import { fakeNode, type FakeSweep, QUIET_ENA, QUIET_STATISTICS, viewAfter } from './fake-node.ts'
import { enaNode, QUIET_SECOND, range, virtio } from './machines.ts'

const eth0 = (sweeps: readonly FakeSweep[]) => viewAfter(sweeps).interfaces[0]!

test('a rate is the increase since the previous update, per second', () => {
  const { receive } = eth0([enaNode(0), enaNode(1)])
  expect(receive.bytes).toMatchObject({ perSecond: 11_912_500, peak: 11_912_500, total: 11_912_500 })
})

test('a rate takes the time between two updates into account', () => {
  const node = fakeNode(15_000)
  const viewer = createViewer()
  const views = range(2).map((second) => viewer.update(node.sweep(enaNode(second)), node.attached()))
  expect(views[1]?.interfaces[0]?.receive.packets?.perSecond).toBe(823)
})

test('the first update has totals and no rates', () => {
  const [linklocal] = eth0([enaNode(0)]).allowances.slice(-1)
  expect(linklocal?.exceeded).toMatchObject({ total: 40, risen: 0, perSecond: undefined, peak: undefined, history: [] })
})

test('an allowance has its total, rise, peak, throttled seconds and history', () => {
  const [linklocal] = eth0(range(12).map(enaNode)).allowances.slice(-1)
  expect(linklocal).toMatchObject({
    name: 'linklocal',
    throttledSeconds: 5,
    exceeded: {
      total: 1_763,
      risen: 1_723,
      perSecond: 31,
      peak: 960,
      history: [0, 0, 12, 0, 240, 960, 480, 0, 0, 0, 31],
    },
  })
})

test('the peak of an earlier second stays, although each collection starts a new one', () => {
  const bytes = [0, 100, 5_100, 5_200]
  expect(eth0(bytes.map((rx) => ({ interfaces: [virtio('eth0', rx)] }))).receive.bytes?.peak).toBe(5_000)
})

test('the history holds the last 30 updates', () => {
  const { exceeded } = eth0(range(50).map(enaNode)).allowances[0]!
  expect(exceeded.history).toHaveLength(30)
})

test('counters that the driver does not offer are absent, not 0', () => {
  const nic = eth0([{ interfaces: [virtio('eth0', 1)] }])
  expect([nic.allowances, nic.conntrackAvailable, nic.conntrackHighest]).toEqual([[], undefined, undefined])
  expect(viewAfter([{ interfaces: [] }]).node).toEqual({})
})

test('an allowance that the driver does not offer is left out, the others stay', () => {
  const { linklocal_allowance_exceeded: _, conntrack_allowance_available: __, ...old } = QUIET_ENA
  const nic = eth0([{ interfaces: [{ ...QUIET_SECOND, ethtool: old }] }])
  expect(nic.allowances.map(({ name }) => name)).toEqual(['bw_in', 'bw_out', 'pps', 'conntrack'])
})

function afterResets(resets: number, linklocal: number): FakeSweep {
  return {
    interfaces: [
      { ...QUIET_SECOND, ethtool: { ...QUIET_ENA, total_resets: resets, linklocal_allowance_exceeded: linklocal } },
    ],
  }
}

test('a counter that was reset rises by its new value', () => {
  const [linklocal] = eth0([afterResets(0, 1_000), afterResets(1, 7)]).allowances.slice(-1)
  expect(linklocal?.exceeded).toMatchObject({ total: 7, risen: 7, perSecond: 7 })
})

test('an interface that went down keeps its totals and has no rates', () => {
  const up = { ...QUIET_SECOND, statistics: { ...QUIET_STATISTICS, rx_bytes: 1_000 } }
  const nic = eth0([{ interfaces: [up] }, { interfaces: [{ ...up, statistics: 'down' }] }])
  expect(nic.state).toBe('down')
  expect(nic.receive.bytes).toMatchObject({ total: 1_000, perSecond: undefined })
  expect(nic.allowances).toHaveLength(5)
})

test('an interface whose statistics fail is unread, not down', () => {
  const sweep = { interfaces: [virtio('eth0', 1)], problems: { 'eth0 statistics': 'EACCES' } }
  expect(eth0([sweep]).state).toBe('unread')
})

test('an interface stays up when there are two updates between two sweeps', () => {
  const node = fakeNode()
  const viewer = createViewer()
  viewer.update(node.sweep(enaNode(0)), node.attached())
  const again = viewer.update([], node.attached()).interfaces[0]!
  expect([again.state, again.receive.bytes?.perSecond]).toEqual(['up', undefined])
})

test('a detached interface is forgotten', () => {
  const one = { interfaces: [virtio('eth0', 5_000)] }
  const nic = eth0([one, { interfaces: [] }, one])
  expect(nic.receive.bytes).toMatchObject({ risen: 0, perSecond: undefined })
})

test('the totals continue when the ENI id becomes known', () => {
  const { eniId: _, ...unknown } = QUIET_SECOND
  const busy = { ...QUIET_SECOND, statistics: { ...QUIET_STATISTICS, rx_bytes: 9_000, rx_packets: 42 } }
  const nic = eth0([{ interfaces: [unknown] }, { interfaces: [busy] }])
  expect([nic.eniId, nic.receive.bytes?.perSecond]).toEqual(['eni-0fedcba9876543210', 9_000 - 4_242])
})
