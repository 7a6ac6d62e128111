import { describe, expect, test } from 'vitest'

import { plainText } from '../../src/view/line.ts'
import { renderLive } from '../../src/view/live.ts'
import type { FakeSweep } from './fake-node.ts'
import { busyEna, enaNode, liveAfter, QUIET_SECOND, range, screen, virtio } from './machines.ts'

const ENA = liveAfter(range(12).map(enaNode))

describe('an ENA node', () => {
  test('shows rates, peaks, drops and the history of each allowance', () => {
    expect(screen(ENA, 120, 35)).toMatchInlineSnapshot(`
      "
      ena-otel 1.2.3 · ip-10-0-1-23 · m5.large                                                 every 1s · 12:00:11 · q to quit

      INTERFACE  driver  rx bit/s    peak  tx bit/s    peak  rx pkt/s     peak  tx pkt/s     peak     drops  errors
      eth0       ena       95.3 M  95.3 M    1.24 G  1.24 G    12,345   12,345     123 k    123 k        51       0
      eth1       ena            0       0         0       0         0        0         0        0         0       0

      ALLOWANCES  ENI                    limit      exceeded    pkt/s     peak  throttled  last 30s
      eth0        eni-0123456789abcdef0  bw_in             0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         bw_out       11,072        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         pps               0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         conntrack         0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         linklocal     1,763      +31      960        5 s                     ▁▁▂▁▃█▅▁▁▁▂
      eth1        eni-0fedcba9876543210  bw_in             0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         bw_out            0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         pps               0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         conntrack         0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁
                                         linklocal         0        0        0        0 s                     ▁▁▁▁▁▁▁▁▁▁▁

      conntrack  EC2: 131,072 to 135,712 connections left, 136,812 at most so far
      conntrack  kernel: 312 of 262,144 entries, 5 (+2/s) insert failures, 0 dropped
      linklocal  each interface may send 1,024 packets/s to DNS, IMDS and NTP together
      "
    `)
  })

  test('has a column for the ENI in both tables where there is room', () => {
    const headings = screen(ENA, 150, 6).match(/^[A-Z]{5,} .*/gm)
    expect(headings).toEqual([
      expect.stringMatching(/^INTERFACE  driver  ENI {20}rx bit/),
      expect.stringMatching(/^ALLOWANCES  ENI {20}limit/),
    ])
  })

  test('folds the allowances at 0 where there are few lines', () => {
    expect(screen(ENA, 80, 12)).toMatchInlineSnapshot(`
      "
      ena-otel 1.2.3 · ip-10-0-1-23 · m5.large         every 1s · 12:00:11 · q to quit
      INTERFACE  driver  rx bit/s  tx bit/s  rx pkt/s  tx pkt/s     drops  errors
      eth0       ena       95.3 M    1.24 G    12,345     123 k        51       0
      eth1       ena            0         0         0         0         0       0
      ALLOWANCES  limit      exceeded    pkt/s  last 30s
      eth0        bw_out       11,072        0                     ▁▁▁▁▁▁▁▁▁▁▁
                  linklocal     1,763      +31                     ▁▁▂▁▃█▅▁▁▁▂
                  bw_in, pps, conntrack at 0
      eth1        all at 0
      conntrack  EC2: 131,072 to 135,712 connections left, 136,812 at most so far
      conntrack  kernel: 312 of 262,144 entries, 5 (+2/s) insert failures, 0 dropped
      linklocal  each interface may send 1,024 packets/s to DNS, IMDS and NTP together
      "
    `)
  })

  test('leaves out the least important columns on a narrow terminal', () => {
    expect(screen(ENA, 40, 18)).toMatchInlineSnapshot(`
      "
      ena-otel 1.2.3 · ip-10-0-1-23 · m5.large

      INTERFACE  rx bit/s  tx bit/s     drops
      eth0         95.3 M    1.24 G        51
      eth1              0         0         0

      ALLOWANCES  limit      exceeded    pkt/s
      eth0        bw_out       11,072        0
                  linklocal     1,763      +31
                  bw_in, pps, conntrack at 0
      eth1        all at 0

      conntrack  EC2: 131,072 to 135,712 conn…
      conntrack  kernel: 312 of 262,144 entri…
      linklocal  each interface may send 1,02…
      "
    `)
  })

  test('has dashes, no zeros, for the rates of the first update', () => {
    const lines = screen(liveAfter([enaNode(0)]), 120, 20).split('\n')
    expect(lines.filter((text) => /^eth1 |linklocal .* –/.test(text))).toEqual([
      'eth1       ena            –       –         –       –         –        –         –        –         0       0',
      '                                   linklocal        40        –        –        0 s',
      'eth1        eni-0fedcba9876543210  all at 0',
    ])
  })

  test('is red where something rises now, yellow where it rose, and without colour elsewhere', () => {
    const spans = renderLive(ENA, 120, 35).flat()
    const styled = (style: string): string[] =>
      spans.filter((span) => span.style === style).map(({ text }) => text.trim())
    expect({ rising: styled('rising'), risen: styled('risen'), problem: styled('problem') }).toEqual({
      rising: ['linklocal', '1,763', '+31', '960', '5 s', '▁▁▂▁▃█▅▁▁▁▂', '5 (+2/s) insert failures'],
      risen: ['51'],
      problem: [],
    })
  })

  test('shows at the bottom what can not be read', () => {
    const problems = new Map([['eth0 ethtool', 'ETHTOOL_GSTATS eth0: no such device (ENODEV)']])
    expect(screen(liveAfter([enaNode(0)], { problems }), 60, 18)).toMatch(
      /\n\neth0 ethtool: ETHTOOL_GSTATS eth0: no such device \(ENODEV\)\n$/,
    )
  })

  test('has words and no number for an interface whose statistics fail', () => {
    const broken = { ...enaNode(1), problems: { 'eth1 statistics': 'EACCES: permission denied, read' } }
    const lines = screen(liveAfter([broken]), 150, 24).split('\n')
    expect(lines.find((text) => text.startsWith('eth1'))).toBe(
      "eth1       ena     eni-0fedcba9876543210  can't be read",
    )
  })
})

test('a machine without ENA has a reason instead of allowances', () => {
  const sweeps = range(4).map((second) => ({ interfaces: [virtio('eth0', second * 1_000_000)] }))
  expect(screen(liveAfter(sweeps, { instanceType: undefined }), 100, 20)).toMatchInlineSnapshot(`
    "
    ena-otel 1.2.3 · ip-10-0-1-23                                        every 1s · 12:00:11 · q to quit

    INTERFACE  driver      rx bit/s    peak  tx bit/s    peak  rx pkt/s  tx pkt/s     drops  errors
    eth0       virtio_net    8.00 M  8.00 M         0       0     1,000         0         0       0

    ALLOWANCES
    eth0: virtio_net reports no allowances, only ena does
    "
  `)
})

test('an interface that is down has a word instead of numbers', () => {
  const down = { ...virtio('eth1', 0), statistics: 'down' as const }
  const sweeps = range(2).map((second) => ({ interfaces: [virtio('eth0', second * 1_000_000), down] }))
  expect(screen(liveAfter(sweeps), 100, 10)).toMatch(/^eth1 {7}virtio_net  down$/m)
})

test('if nothing can be read, the screen shows the reason', () => {
  const nothingRead =
    "only a pod's own network is visible (eth0: veth), not the node's: set hostNetwork: true on the pod"
  expect(screen(liveAfter([{ interfaces: [] }], { nothingRead }), 60, 20)).toMatchInlineSnapshot(`
    "
    ena-otel 1.2.3 · ip-10-0-1-23 · m5.large           q to quit

    Nothing is read: only a pod's own network is visible (eth0:
    veth), not the node's: set hostNetwork: true on the pod
    Looking again every 1s.
    "
  `)
})

/** One of them exceeds its allowances. */
function hundred(second: number): FakeSweep {
  const [busy, quiet] = [busyEna(second), QUIET_SECOND]
  return {
    interfaces: range(100).map((i) =>
      Object.assign({}, i === 70 ? busy : quiet, { name: `ens${i}`, eniId: `eni-${i}` }),
    ),
  }
}

test('of 100 interfaces those that exceed allowances are shown, and the number left out', () => {
  expect(screen(liveAfter(range(4).map(hundred)), 120, 20)).toMatchInlineSnapshot(`
    "
    ena-otel 1.2.3 · ip-10-0-1-23 · m5.large                                                 every 1s · 12:00:11 · q to quit

    INTERFACE  driver  ENI     rx bit/s    peak  tx bit/s    peak  rx pkt/s     peak  tx pkt/s     peak     drops  errors
    ens0       ena     eni-0          0       0         0       0         0        0         0        0         0       0
    ens1       ena     eni-1          0       0         0       0         0        0         0        0         0       0
    ens2       ena     eni-2          0       0         0       0         0        0         0        0         0       0
    ens3       ena     eni-3          0       0         0       0         0        0         0        0         0       0
    ens4       ena     eni-4          0       0         0       0         0        0         0        0         0       0
    ens5       ena     eni-5          0       0         0       0         0        0         0        0         0       0
    ens70      ena     eni-70    95.3 M  95.3 M    1.24 G  1.24 G    12,345   12,345     123 k    123 k  17 +17/s       0
    … and 93 more

    ALLOWANCES  ENI     limit      exceeded    pkt/s     peak  throttled  last 30s
    ens70       eni-70  bw_out       11,072        0        0        0 s                             ▁▁▁
                        linklocal        52      +12       12        1 s                             ▁▁█
                        bw_in, pps, conntrack at 0
    ens0, ens1, ens2 and 96 more: all at 0

    conntrack  EC2: 131,072 to 136,512 connections left, 136,812 at most so far
    linklocal  each interface may send 1,024 packets/s to DNS, IMDS and NTP together
    "
  `)
})

test('control characters in names are replaced', () => {
  const text = screen(liveAfter([{ interfaces: [virtio('\u001B[2Jx', 0)] }]), 80, 10)
  expect(text).toContain('\n?[2Jx ')
  expect(renderLive(ENA, 80, 24).every((spans) => plainText(spans) === plainText(spans).trimEnd())).toBe(true)
})
