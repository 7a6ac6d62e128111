import { ExportResultCode } from '@opentelemetry/core'
import { emptyResource } from '@opentelemetry/resources'
import { expect, test } from 'vitest'

import { createViewer } from '../../src/view/interface-view.ts'
import { toScopeMetrics } from '../../../metrics/src/points/metric-data.ts'
import { createConsoleExporter, createPlainLines } from '../../src/view/plain.ts'
import { fakeNode, type FakeSweep, START } from './fake-node.ts'
import { enaNode, range, virtio } from './machines.ts'

function linesOf(sweeps: readonly FakeSweep[]): readonly string[] {
  const node = fakeNode()
  const viewer = createViewer()
  const lines = createPlainLines()
  return sweeps.flatMap((sweep, i) => lines(viewer.update(node.sweep(sweep), node.attached()), START + i * 1000))
}

test('an update is a line for each interface, in columns', () => {
  expect(`\n${linesOf(range(7).map(enaNode)).slice(0, 8).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    2026-11-21T12:00:00Z  conntrack  EC2: 131,072 to 136,812 connections left, 136,812 at most so far
    2026-11-21T12:00:00Z  conntrack  kernel: 312 of 262,144 entries, 3 insert failures, 0 dropped
    2026-11-21T12:00:00Z  linklocal  each interface may send 1,024 packets/s to DNS, IMDS and NTP together
    TIME                  INTERFACE   DRIVER      RX BIT/S    PEAK  TX BIT/S    PEAK  RX PKT/S  TX PKT/S   DROPS  ERRORS  ALLOWANCES EXCEEDED
    2026-11-21T12:00:00Z  eth0        ena                –       –         –       –         –         –       0       0  bw_out 11,072, linklocal 40
    2026-11-21T12:00:00Z  eth1        ena                –       –         –       –         –         –       0       0  none
    2026-11-21T12:00:01Z  eth0        ena           95.3 M  95.3 M    1.24 G  1.24 G    12,345     123 k       0       0  bw_out 11,072, linklocal 40
    2026-11-21T12:00:01Z  eth1        ena                0       0         0       0         0         0       0       0  none
    "
  `)
})

test('an allowance that rises has its rate and the throttled seconds', () => {
  expect(linesOf(range(7).map(enaNode)).at(-2)).toMatch(/  bw_out 11,072, linklocal 1,252 \(\+960\/s, 3 s throttled\)$/)
})

test('down, unreadable and not offered are shown in words', () => {
  const sweep: FakeSweep = {
    interfaces: [
      virtio('eth0', 1),
      { ...virtio('eth1', 1), statistics: 'down' },
      { ...virtio('eth2', 1), driver: 'ena' },
    ],
    problems: { 'eth2 statistics': 'EACCES', 'eth2 ethtool': 'EPERM' },
  }
  expect(`\n${linesOf([sweep]).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    TIME                  INTERFACE   DRIVER      RX BIT/S    PEAK  TX BIT/S    PEAK  RX PKT/S  TX PKT/S   DROPS  ERRORS  ALLOWANCES EXCEEDED
    2026-11-21T12:00:00Z  eth0        virtio_net         –       –         –       –         –         –       0       0  not reported by this driver
    2026-11-21T12:00:00Z  eth1        virtio_net      down       –         –       –         –         –       –       –  not reported by this driver
    2026-11-21T12:00:00Z  eth2        ena           unread       –         –       –         –         –       –       –  can't be read
    "
  `)
})

test('the header is repeated after 40 lines', () => {
  const lines = linesOf(range(50).map((i) => ({ interfaces: [virtio('eth0', i)] })))
  expect(lines.flatMap((line, i) => (line.startsWith('TIME') ? [i] : []))).toEqual([0, 41])
})

test('the console exporter writes an update for each export', async () => {
  const node = fakeNode()
  const written: string[] = []
  const exporter = createConsoleExporter(node.attached, { write: (text) => written.push(String(text)) > 0 })
  for (const second of range(2)) {
    const scopeMetrics = toScopeMetrics(node.sweep(enaNode(second)), 'cumulative')
    exporter.export({ resource: emptyResource(), scopeMetrics }, ({ code }) =>
      expect(code).toBe(ExportResultCode.SUCCESS),
    )
  }
  await exporter.shutdown()
  expect(written.map((text) => text.split('\n').length)).toEqual([7, 3])
  expect(written.join('')).not.toContain('\u001B')
})
