import { expect, test } from 'vitest'

import { joined } from '../../src/view/metric-points.ts'
import { renderPoints } from '../../src/view/points-table.ts'
import { fakeNode, type FakeSweep } from './fake-node.ts'
import { enaNode, range, virtio } from './machines.ts'

/** As `once` does it: the first sweep is collected, and then everything after it. */
function tableOf(sweeps: readonly FakeSweep[]): string {
  const node = fakeNode()
  const collections = sweeps.map((sweep) => node.sweep(sweep))
  return `\n${renderPoints(node.attached(), joined(...collections))}`
}

test('one sweep: every counter with its value, those at 0 folded', () => {
  expect(tableOf([{ ...enaNode(0), interfaces: enaNode(0).interfaces.slice(0, 1) }])).toMatchInlineSnapshot(`
    "
    eth0 · ena · 02:00:00:00:00:00 · eni-0123456789abcdef0
      system.network.io              receive             0  bytes
      system.network.io              transmit            0  bytes
      system.network.packet.count    receive             0  packets
      system.network.packet.count    transmit            0  packets
      system.network.packet.dropped  receive             0  packets
      system.network.packet.dropped  transmit            0  packets
      system.network.errors          receive             0  errors
      system.network.errors          transmit            0  errors
      ena.driver.events              interface_up        1  events
      ena.allowance.exceeded         bw_in               0  packets
      ena.allowance.exceeded         bw_out         11,072  packets
      ena.allowance.exceeded         pps                 0  packets
      ena.allowance.exceeded         conntrack           0  packets
      ena.allowance.exceeded         linklocal          40  packets
      ena.conntrack.available                      136,812  connections    136,812 at most so far
      at 0: rx_crc_errors, multicast, total_resets, interface_down

    node
      system.network.conntrack.count                312  entries
      system.network.conntrack.max              262,144  entries
      ena.node.conntrack.insert_failed                3  entries
      ena.node.conntrack.dropped        failed        0  packets
    "
  `)
})

test('several sweeps: also the increase, peak, throttled seconds and times of changes', () => {
  const [first, ...others] = range(12).map((second) => ({ interfaces: [enaNode(second).interfaces[0]!] }))
  expect(tableOf([first!, ...others])).toMatchInlineSnapshot(`
    "
    eth0 · ena · 02:00:00:00:00:00 · eni-0123456789abcdef0
      system.network.io              receive         131,037,500  bytes          +131,037,500  peak 11,912,500 bytes/s
      system.network.io              transmit      1,699,500,000  bytes        +1,699,500,000  peak 154,500,000 bytes/s
      system.network.packet.count    receive             135,795  packets            +135,795  peak 12,345 packets/s
      system.network.packet.count    transmit          1,358,016  packets          +1,358,016  peak 123,456 packets/s
      system.network.packet.dropped  receive                  51  packets                 +51
          12:00:03.000Z  +17 → 17
          12:00:06.000Z  +17 → 34
          12:00:09.000Z  +17 → 51
      system.network.packet.dropped  transmit                  0  packets                  +0
      system.network.errors          receive                   0  errors                   +0
      system.network.errors          transmit                  0  errors                   +0
      ena.driver.events              interface_up              1  events                   +0
      ena.allowance.exceeded         bw_in                     0  packets                  +0
      ena.allowance.exceeded         bw_out               11,072  packets                  +0
      ena.allowance.exceeded         pps                       0  packets                  +0
      ena.allowance.exceeded         conntrack                 0  packets                  +0
      ena.allowance.exceeded         linklocal             1,763  packets              +1,723  peak 960 packets/s, throttled 5 s
          12:00:03.000Z  +12 → 52
          12:00:05.000Z  +240 → 292
          12:00:06.000Z  +960 → 1,252
          12:00:07.000Z  +480 → 1,732
          12:00:11.000Z  +31 → 1,763
      ena.conntrack.available                            135,712  connections                  136,812 at most so far
      at 0: rx_crc_errors, multicast, total_resets, interface_down
    "
  `)
})

test('an interface that is down or has no allowances says so', () => {
  const down = { ...virtio('ens6', 0), statistics: 'down' as const }
  expect(tableOf([{ interfaces: [virtio('ens5', 1_000), down] }])).toMatchInlineSnapshot(`
    "
    ens5 · virtio_net · 02:00:00:00:00:00
      system.network.io              receive   1,000  bytes
      system.network.io              transmit    100  bytes
      system.network.packet.count    receive       1  packets
      system.network.packet.count    transmit      0  packets
      system.network.packet.dropped  receive       0  packets
      system.network.packet.dropped  transmit      0  packets
      system.network.errors          receive       0  errors
      system.network.errors          transmit      0  errors
      at 0: rx_crc_errors, multicast
      virtio_net reports no allowances, only ena does

    ens6 · virtio_net · 02:00:00:00:00:01
      down: no statistics
      virtio_net reports no allowances, only ena does
    "
  `)
})

test('names of other exporters are in a group of their own', () => {
  const node = fakeNode()
  const metric = {
    name: 'node_ethtool_bw_in',
    kind: 'gauge',
    valueType: 'double',
    unit: '',
    description: '',
    source: '',
  } as const
  const point = { attributes: { device: 'eth0' }, startTime: 1, time: 1, value: 5 }
  expect(renderPoints(node.attached(), [{ metric, points: [point] }])).toBe(
    'names of other exporters\n  node_ethtool_bw_in  device=eth0  5\n',
  )
})
