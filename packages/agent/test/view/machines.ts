// Machines for tests of views.
import type { LiveState } from '../../src/view/live.ts'
import { type FakeInterface, type FakeSweep, QUIET_ENA, QUIET_STATISTICS, viewAfter } from './fake-node.ts'
import { plainText } from '../../src/view/line.ts'
import { renderLive } from '../../src/view/live.ts'

/** A busy interface eth0, `second` seconds after the first update, which exceeds its link-local allowance in some seconds. */
export function busyEna(second: number): FakeInterface {
  const linklocal = [0, 0, 0, 12, 0, 240, 960, 480, 0, 0, 0, 31].slice(0, second + 1).reduce((a, b) => a + b, 0)
  return {
    name: 'eth0',
    driver: 'ena',
    eniId: 'eni-0123456789abcdef0',
    statistics: {
      ...QUIET_STATISTICS,
      rx_bytes: 11_912_500 * second,
      rx_packets: 12_345 * second,
      tx_bytes: 154_500_000 * second,
      tx_packets: 123_456 * second,
      rx_dropped: 17 * Math.floor(second / 3),
    },
    ethtool: {
      ...QUIET_ENA,
      bw_out_allowance_exceeded: 11_072,
      linklocal_allowance_exceeded: 40 + linklocal,
      conntrack_allowance_available: 136_812 - 100 * second,
    },
  }
}

export const QUIET_SECOND: FakeInterface = {
  name: 'eth1',
  driver: 'ena',
  eniId: 'eni-0fedcba9876543210',
  statistics: { ...QUIET_STATISTICS, rx_bytes: 4_242, rx_packets: 42 },
  ethtool: { ...QUIET_ENA, conntrack_allowance_available: 131_072 },
}

/** A node with two ENIs, the first of which exceeds allowances. */
export function enaNode(second: number): FakeSweep {
  return {
    interfaces: [busyEna(second), QUIET_SECOND],
    conntrack: {
      nf_conntrack_count: 312,
      nf_conntrack_max: 262_144,
      insert_failed: 3 + (second > 10 ? 2 : 0),
      drop: 0,
    },
  }
}

export function virtio(name: string, rxBytes: number): FakeInterface {
  return {
    name,
    driver: 'virtio_net',
    statistics: { ...QUIET_STATISTICS, rx_bytes: rxBytes, rx_packets: Math.floor(rxBytes / 1000), tx_bytes: 100 },
  }
}

/** The state of the live view after these sweeps. */
export function liveAfter(sweeps: readonly FakeSweep[], more: Partial<LiveState> = {}): LiveState {
  return {
    version: '1.2.3',
    host: 'ip-10-0-1-23',
    instanceType: 'm5.large',
    sampleIntervalMs: 1000,
    clock: '12:00:11',
    quitKey: 'q',
    view: viewAfter(sweeps),
    problems: new Map(Object.entries(sweeps.at(-1)?.problems ?? {})),
    nothingRead: undefined,
    ...more,
  }
}

/** The screen as text, a leading newline so that it reads well in a test. */
export function screen(state: LiveState, width: number, height: number): string {
  return `\n${renderLive(state, width, height)
    .map((spans) => plainText(spans))
    .join('\n')}\n`
}

/** 0, 1, … n - 1 */
export function range(n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => i)
}
