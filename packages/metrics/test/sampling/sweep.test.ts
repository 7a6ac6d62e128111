import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DriverInfo, Ethtool } from '@ena-otel/ethtool'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { simulatedNode, type SimulatedNode } from '../../../../test/harness/simulated-node.ts'
import { trackedCounters } from '../../src/sampling/attachments.ts'
import type { Series } from '../../src/sampling/series.ts'
import { enaStatistics } from '../ena-driver.ts'
import { writeFiles } from '../readers/temporary-folder.ts'

const BOOT = 1_000_000
const ENA = { bus: '0000:00:05.0', driver: 'ena', mac: '0a:00:00:00:00:01' }
const SECOND_ENA = { bus: '0000:00:06.0', driver: 'ena', mac: '0a:00:00:00:00:02' }

const ENA_INFO = { driver: 'ena', version: '2.17.0g' } as DriverInfo

let simulated: SimulatedNode
let node: SimulatedNode['machine']
let driver: SimulatedNode['driver']
let sweep: SimulatedNode['sweep']
let counts: SimulatedNode['counts']
let lines: string[]
let seconds: number
/** Seconds that only the wall clock has counted. */
let asleep: number
/** Milliseconds from one look at the clock to the next. */
let passing: number

beforeEach(() => {
  seconds = 0
  asleep = 0
  passing = 0
  let passed = 0
  const now = (): number => BOOT + (seconds + asleep) * 1000 + (passed += passing)
  simulated = simulatedNode({ now, steady: () => seconds * 1000, bootTime: BOOT })
  ;({ machine: node, driver, sweep, counts } = simulated)
  lines = simulated.log.lines
})
afterEach(() => {
  sweep.close()
})

function plugIn(name: string, index: number, device = ENA, rxBytes = 0): void {
  node.add({ name, index, ...device, statistics: { rx_bytes: rxBytes } })
  driver.interfaces.set(name, enaStatistics({ conntrack_allowance_available: 500 }))
}

function plugOut(name: string): void {
  node.remove(name)
  driver.interfaces.delete(name)
}

function drop(name: string, packets: number): void {
  const statistics = driver.interfaces.get(name)!
  statistics.set('linklocal_allowance_exceeded', statistics.get('linklocal_allowance_exceeded')! + BigInt(packets))
}

function runAt(second: number): void {
  seconds = second
  sweep.run('all')
}

/** The series of a counter of the first interface. */
function seriesOf(key: string): Series {
  return [...trackedCounters(sweep.attachments()[0]!)].find(({ counter }) => counter.key === key)!.series
}

const drops = (eniId: (mac: string) => string | undefined = () => undefined): (() => unknown[]) => {
  const collect = simulated.points({ temporality: 'cumulative', eniId, compat: [] })
  return () =>
    collect('all')
      .filter(({ metric }) => metric.name === 'ena.allowance.exceeded')
      .flatMap(({ points }) =>
        points
          .filter(({ attributes }) => attributes['ena.allowance.name'] === 'linklocal')
          .map(({ attributes, startTime, time, value }) => [
            attributes['ena.eni.id'] ?? attributes['network.interface.name'],
            (startTime - BOOT) / 1000,
            (time - BOOT) / 1000,
            value,
          ]),
      )
}

describe('a sweep', () => {
  it('counts from boot for what is there at the start', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    expect(drops()()).toEqual([['eth0', 0, 100, 7]])
  })

  it('sees an interface that is attached at the next sweep, and counts it from the one before', () => {
    plugIn('eth0', 2)
    runAt(100)
    plugIn('eth1', 3, SECOND_ENA)
    drop('eth1', 9)
    runAt(101)
    expect(drops()()).toEqual([
      ['eth0', 0, 101, 0],
      ['eth1', 100, 100.001, 0], // a store without start times would take 9 for a level
      ['eth1', 100, 101, 9],
    ])
    expect(lines).toContain('eth1: attached (driver ena, 0a:00:00:00:00:02)')
  })

  it('gives all that it reads the time at which it began', () => {
    plugIn('eth0', 2)
    plugIn('eth1', 3, SECOND_ENA)
    passing = 1
    runAt(100)
    const times = sweep.attachments().flatMap((one) => [...trackedCounters(one)].map(({ series }) => series.time))
    expect(new Set(times).size).toBe(1)
  })

  it('reads everything of a new interface, and afterwards what the table has no row for only when all is asked for', () => {
    plugIn('eth0', 2)
    node.write('eth0', 'statistics/multicast', 5)
    const multicast = (): number | undefined => seriesOf('multicast').value
    seconds = 0
    sweep.run('sampled')
    expect(multicast()).toBe(5)
    node.write('eth0', 'statistics/multicast', 6)
    seconds = 1
    sweep.run('sampled')
    expect(multicast()).toBe(5)
    runAt(2)
    expect(multicast()).toBe(6)
  })

  it('ends the series of an interface that is detached, with one line and no failure', () => {
    plugIn('eth0', 2)
    plugIn('eth1', 3, SECOND_ENA)
    runAt(100)
    const collect = drops()
    collect()
    plugOut('eth1')
    lines.length = 0
    runAt(101)
    expect(collect()).toEqual([['eth0', 0, 101, 0]])
    expect(lines).toEqual(['eth1: detached'])
    expect(counts.failures).toEqual({ interfaces: 0, statistics: 0, ethtool: 0, conntrack: 0 })
  })

  it.runIf(process.platform === 'linux')('reports an interface whose name is not UTF-8', () => {
    plugIn('eth0', 2)
    const path = Buffer.concat([Buffer.from(join(node.sysfs, 'class/net/b')), Buffer.from([0xff])])
    mkdirSync(path)
    runAt(100)
    runAt(101)
    expect(lines.filter((line) => !line.includes('attached'))).toEqual([
      'interface names: not UTF-8: b\\xff; these interfaces are not read: rename them with ip link set',
    ])
    rmSync(path, { recursive: true })
    runAt(102)
    expect(lines.at(-1)).toBe('interface names: recovered')
  })

  it('begins a new series when an ENI comes back', () => {
    const collect = drops()
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    plugOut('eth0')
    runAt(101)
    plugIn('eth0', 3)
    drop('eth0', 2)
    runAt(102)
    expect(collect()).toEqual([
      ['eth0', 0, 100, 7], // read, and not exported before it went
      ['eth0', 101, 101.001, 0],
      ['eth0', 101, 102, 2],
    ])
  })

  it('counts from 0 again at a driver reset also when more is dropped after it than ever before', () => {
    plugIn('eth0', 2)
    drop('eth0', 3)
    runAt(100)
    const collect = drops()
    collect()
    const statistics = driver.interfaces.get('eth0')!
    statistics.set('total_resets', 1n).set('linklocal_allowance_exceeded', 5n)
    runAt(101)
    expect(collect()).toEqual([
      ['eth0', 100, 100.001, 0],
      ['eth0', 100, 101, 5],
    ])
  })

  it('keeps the series through a rename and loses no increase', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    node.rename('eth0', 'ens5')
    driver.interfaces.set('ens5', driver.interfaces.get('eth0')!)
    driver.interfaces.delete('eth0')
    drop('ens5', 3)
    runAt(101)
    expect(collect()).toEqual([
      ['ens5', 0, 100, 7],
      ['ens5', 0, 101, 10],
    ])
    expect(lines.at(-1)).toBe('eth0: renamed to ens5')
  })

  it('invents nothing where an interface gets the name of one that is gone', () => {
    plugIn('eth0', 2)
    plugIn('eth1', 3, SECOND_ENA)
    drop('eth1', 100)
    runAt(100)
    const collect = drops()
    collect()
    plugOut('eth0')
    runAt(101)
    node.rename('eth1', 'eth0')
    driver.interfaces.set('eth0', driver.interfaces.get('eth1')!)
    driver.interfaces.delete('eth1')
    drop('eth0', 3)
    runAt(102)
    expect(collect()).toEqual([
      ['eth1', 0, 101, 100],
      ['eth0', 101, 101, 0],
      ['eth0', 101, 102, 3],
    ])
  })

  it('loses no increase when the id of the ENI becomes known late', () => {
    plugIn('eth0', 2)
    const ids = new Map<string, string>()
    const collect = drops((mac) => ids.get(mac))
    runAt(100)
    collect()
    ids.set(ENA.mac, 'eni-1')
    drop('eth0', 3)
    runAt(101)
    expect(collect()).toEqual([
      ['eni-1', 0, 100, 0],
      ['eni-1', 0, 101, 3],
    ])
  })

  it('goes on with the others when one interface fails, says so once, and once when it is over', () => {
    plugIn('eth0', 2)
    plugIn('eth1', 3, SECOND_ENA)
    runAt(100)
    const collect = drops()
    collect()
    lines.length = 0
    const suspended = driver.interfaces.get('eth0')!
    driver.interfaces.delete('eth0') // suspend: ethtool answers ENODEV, sysfs still has the interface
    for (const second of [101, 102, 103]) runAt(second)
    expect(counts.failures).toEqual({ interfaces: 0, statistics: 0, ethtool: 3, conntrack: 0 })
    expect(collect()).toEqual([['eth1', 0, 103, 0]])
    driver.interfaces.set('eth0', suspended)
    drop('eth0', 5)
    runAt(104)
    expect(collect()).toEqual([
      ['eth0', 0, 104, 5],
      ['eth1', 0, 104, 0],
    ])
    expect(lines.filter((line) => line.startsWith('eth0'))).toEqual([
      'eth0 ethtool: ETHTOOL_GSTATS eth0: no such device (ENODEV)',
      'eth0 ethtool: ETHTOOL_GSTRINGS eth0: no such device (ENODEV)',
      'eth0 ethtool: recovered',
    ])
  })

  it.each<[what: string, made: (name: string) => bigint, reason: 'all_zero' | 'implausible']>([
    ['zeros that the driver made up', () => 0n, 'all_zero'],
    ['what lay on the stack', () => 0xffff_c900_004b_bd58n, 'implausible'],
  ])('discards %s, counts it, and goes on where it was', (_, made, reason) => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    const real = driver.interfaces.get('eth0')!
    const madeUp = [...real].map(([name, value]) => [name, name.includes('_allowance_') ? made(name) : value] as const)
    driver.interfaces.set('eth0', new Map(madeUp))
    runAt(101)
    driver.interfaces.set('eth0', real)
    runAt(102)
    expect(collect()).toEqual([['eth0', 0, 102, 7]])
    expect(counts.discarded).toEqual({ all_zero: 0, implausible: 0, unanswered: 0, down: 0, [reason]: 1 })
    expect(counts.failures.ethtool).toBe(0)
  })

  it('discards a read in which the driver counts a command without an answer, also where it repeats earlier values', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    const statistics = driver.interfaces.get('eth0')!
    statistics.set('ena_admin_q_no_completion', 1n)
    runAt(101) // 300 packets were dropped in this second and in the next: they are the rate of two
    drop('eth0', 600)
    runAt(102)
    runAt(103)
    expect(counts.discarded).toEqual({ all_zero: 0, implausible: 0, unanswered: 1, down: 0 })
    expect(seriesOf('linklocal_allowance_exceeded').rate.peak).toBe(300)
    expect(collect()).toEqual([
      ['eth0', 0, 102, 607],
      ['eth0', 0, 103, 607],
    ])
  })

  it.each<[speed: string, mbits: number, tooMany: number, carried: number]>([
    ['no speed', -1, 2e14, 25e9], // 200 Gbit/s
    ['100 Gbit/s', 100_000, 25e9, 25e9], // in two seconds it can be
  ])('discards a jump of bytes that no link carries, of one that reports %s', (_, mbits, tooMany, carried) => {
    plugIn('eth0', 2, ENA, 700)
    node.write('eth0', 'speed', mbits)
    runAt(100)
    const bytes = seriesOf('rx_bytes')
    node.write('eth0', 'statistics/rx_bytes', tooMany)
    runAt(101)
    expect([bytes.value, counts.discarded.implausible]).toEqual([700, 1])
    node.write('eth0', 'statistics/rx_bytes', carried)
    runAt(102)
    expect([bytes.value, counts.discarded.implausible]).toEqual([carried, 1])
  })

  it('does not go on in the series of an ENI that was replaced by another one of its name', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    const other = enaStatistics({ conntrack_allowance_available: 500, linklocal_allowance_exceeded: 9 })
    other.delete('ena_srd_mode')
    driver.interfaces.set('eth0', other)
    node.write('eth0', 'ifindex', 9)
    runAt(101) // the list of names is the same
    expect([counts.failures.ethtool, collect()]).toEqual([1, []])
    node.remove('eth0')
    node.add({ name: 'eth0', index: 9, ...SECOND_ENA, statistics: { rx_bytes: 0 } })
    runAt(102)
    expect(collect().at(-1)).toEqual(['eth0', 101, 102, 9])
  })

  it('takes a string set that changes between two reads for what it is, and loses nothing by it', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    const before = driver.interfaces.get('eth0')!
    driver.interfaces.set('eth0', new Map([['reset_fail', 0n], ...[...before].toReversed()]))
    drop('eth0', 2)
    runAt(101)
    expect(collect()).toEqual([['eth0', 0, 101, 9]])
  })

  it('counts on from what it was when an interface comes back from another network namespace', () => {
    const collect = drops()
    plugIn('eth0', 2)
    plugIn('eth1', 3, SECOND_ENA)
    drop('eth1', 7)
    runAt(100)
    const statistics = driver.interfaces.get('eth1')!
    plugOut('eth1')
    runAt(101)
    plugIn('eth1', 3, SECOND_ENA)
    driver.interfaces.set('eth1', statistics)
    drop('eth1', 2)
    runAt(102)
    expect(collect().filter((row) => (row as readonly unknown[])[0] === 'eth1')).toEqual([
      ['eth1', 0, 100, 7],
      ['eth1', 0, 102, 9],
    ])
  })

  it('counts a time in which an interface was down once, and has no values of it', () => {
    plugIn('eth0', 2, ENA, 700)
    runAt(100)
    node.write('eth0', 'flags', '0x1002')
    node.write('eth0', 'statistics/rx_bytes', 0)
    for (const second of [101, 102, 103]) runAt(second)
    expect(counts.discarded).toEqual({ all_zero: 0, implausible: 0, unanswered: 0, down: 1 })
    const bytes = seriesOf('rx_bytes')
    expect([bytes.value, (bytes.time! - BOOT) / 1000]).toEqual([700, 100])
    node.write('eth0', 'flags', '0x1003')
    node.write('eth0', 'statistics/rx_bytes', 701)
    runAt(104)
    expect([bytes.value, bytes.startTime]).toEqual([701, BOOT])
    node.write('eth0', 'flags', '0x1002')
    node.write('eth0', 'statistics/rx_bytes', 0)
    runAt(105)
    expect(counts.discarded.down).toBe(2)
  })

  it('accepts no zeros while the driver has taken the carrier away, as ENA does when it resets the device', () => {
    node.add({ name: 'eth0', index: 2, ...ENA, statistics: { rx_bytes: 0, rx_dropped: 0 } })
    node.write('eth0', 'carrier', 0)
    runAt(100) // the agent begins in the middle of it
    expect([...trackedCounters(sweep.attachments()[0]!)].map(({ series }) => series.value)).toEqual([
      undefined,
      undefined,
    ])
    node.write('eth0', 'carrier', 1)
    runAt(101)
    expect([...trackedCounters(sweep.attachments()[0]!)].map(({ series }) => series.value)).toEqual([0, 0])
  })

  it('makes no peak of what was counted while the machine slept', () => {
    plugIn('eth0', 2)
    runAt(100)
    asleep = 3600
    drop('eth0', 36_000)
    runAt(101)
    const { rate } = seriesOf('linklocal_allowance_exceeded')
    expect([rate.peak, rate.throttledSeconds]).toEqual([36_000 / 3601, 1])
  })

  it('reports a rise after quiet until it is exported, and none of busy counters', () => {
    plugIn('eth0', 2, ENA, 700)
    const hasRisen = (second: number): boolean => {
      seconds = second
      return sweep.run('sampled').hasRisen
    }
    expect(hasRisen(100)).toBe(false)
    node.write('eth0', 'statistics/rx_bytes', 900)
    expect(hasRisen(101)).toBe(false)
    drop('eth0', 1)
    expect([hasRisen(102), hasRisen(103)]).toEqual([true, true])
    drops()()
    drop('eth0', 1)
    expect(hasRisen(104)).toBe(false)
  })

  it('counts from boot for an interface that was there all the time and is read only now', () => {
    plugIn('eth0', 2)
    plugIn('other0', 3, { ...SECOND_ENA, driver: 'vmxnet3' })
    driver.interfaces.set('other0', enaStatistics())
    runAt(100)
    plugOut('eth0') // without an ena interface, all that have a device are read
    runAt(101)
    expect(sweep.attachments().map(({ interface: { name }, startTime }) => [name, startTime])).toEqual([
      ['other0', BOOT],
    ])
  })

  it('tries again when all allowances are zero in the very first read, three times, and then accepts it', () => {
    plugIn('eth0', 2)
    driver.interfaces.set('eth0', enaStatistics())
    for (const second of [100, 101, 102]) runAt(second)
    expect([counts.discarded.all_zero, drops()()]).toEqual([3, []])
    runAt(103)
    expect([counts.discarded.all_zero, drops()()]).toEqual([3, [['eth0', 0, 103, 0]]])
  })

  it('counts what a new driver statistic counts from then on', () => {
    plugIn('eth0', 2)
    const statistics = driver.interfaces.get('eth0')!
    statistics.delete('linklocal_allowance_exceeded')
    runAt(100)
    statistics.set('linklocal_allowance_exceeded', 4n)
    runAt(101)
    expect(drops()()).toEqual([['eth0', 0, 101, 4]])
  })

  it('never throws, even when there is no sysfs at all', () => {
    rmSync(node.sysfs, { recursive: true })
    runAt(100)
    expect(counts.failures.interfaces).toBe(1)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(
      /^interfaces: .*can't be read \(ENOENT\): name the folder where sysfs is mounted with --sysfs$/,
    )
  })

  it('reads connection tracking once its module is loaded', () => {
    runAt(100)
    expect(sweep.conntrack()).toBeUndefined()
    const folder = join(node.sysfs, 'proc/sys/net/netfilter')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'nf_conntrack_count'), '12\n')
    runAt(101)
    expect([...sweep.conntrack()!.tracked()].map(({ counter, series }) => [counter.key, series.value])).toEqual([
      ['nf_conntrack_count', 12],
      ['nf_conntrack_max', undefined],
    ])
  })

  const conntrackDrops = () => [...sweep.conntrack()!.tracked()].find(({ counter }) => counter.key === 'drop')!.series

  it('counts from the look before when the module of connection tracking is loaded while the agent is running', () => {
    runAt(100)
    writeFiles(node.sysfs, { 'proc/net/stat/nf_conntrack': 'drop\n00000005\n' })
    runAt(101)
    const { startTime, changes } = conntrackDrops()
    expect([startTime, changes]).toMatchObject([BOOT + 100_000, [{ time: BOOT + 100_001, value: 0 }]])
  })

  it('goes on with connection tracking after its module was unloaded and loaded again', () => {
    const file = 'proc/net/stat/nf_conntrack'
    writeFiles(node.sysfs, { [file]: 'drop\n00000005\n' })
    runAt(100)
    writeFiles(node.sysfs, { [file]: 'drop\ngone' }) // what is open is refused: EIO in the kernel
    rmSync(join(node.sysfs, file))
    runAt(101)
    runAt(102)
    expect(counts.failures.conntrack).toBe(1)
    writeFiles(node.sysfs, { [file]: 'drop\n00000003\n' })
    runAt(103)
    expect([conntrackDrops().startTime, conntrackDrops().value]).toEqual([BOOT + 100_000, 3])
    expect(lines.map((line) => line.replace(/: .*/, ''))).toEqual(['conntrack', 'conntrack'])
  })

  it('does not repeat old values under the names of other exporters when it could not read for hours', () => {
    plugIn('eth0', 2)
    plugIn('eth1', 3, SECOND_ENA)
    for (const name of ['eth0', 'eth1']) node.write(name, 'carrier', 1)
    const ethtool: Ethtool = { ...driver.ethtool, driverInfo: () => ENA_INFO, linkSettings: () => undefined }
    const compat = ['showmax', 'node_exporter', 'telegraf', 'cloudwatch', 'datadog'] as const
    const collect = simulated.points({ temporality: 'cumulative', ethtool, compat })
    const times = () => new Set(collect('all').flatMap(({ points }) => points.map(({ time }) => (time - BOOT) / 1000)))
    runAt(100)
    expect(times()).toEqual(new Set([100]))
    expect(times(), 'no sample since').toEqual(new Set())
    driver.interfaces.delete('eth0') // suspended
    node.write('eth0', 'flags', '0x1002')
    node.write('eth0', 'statistics/rx_bytes', 0)
    runAt(7200)
    expect(times()).toEqual(new Set([7200])) // AMP refuses what is older than an hour, with all that comes with it
  })
})
