import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { DriverInfo, Ethtool } from '@ena-otel/ethtool'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { trackedCounters } from '../../src/sampling/attachments.ts'
import type { Clock } from '../../src/sampling/clock.ts'
import { createCollector } from '../../src/points/collect.ts'
import { createCounts } from '../../src/sampling/counts.ts'
import { createSelection } from '../../src/interfaces/selection.ts'
import { type InterfaceWatch, watchInterfaces } from '../../src/interfaces/watch.ts'
import type { Log } from '../../src/log.ts'
import { createSweep, type Sweep } from '../../src/sampling/sweep.ts'
import { createEnaDriver, type EnaDriver, enaStatistics } from '../ena-driver.ts'
import { machine, type Machine } from '../interfaces/machine.ts'
import { writeFiles } from '../readers/temporary-folder.ts'

const BOOT = 1_000_000
const ENA = { bus: '0000:00:05.0', driver: 'ena', mac: '0a:00:00:00:00:01' }
const SECOND_ENA = { bus: '0000:00:06.0', driver: 'ena', mac: '0a:00:00:00:00:02' }

const ENA_INFO = { driver: 'ena', version: '2.17.0g' } as DriverInfo

let node: Machine
let driver: EnaDriver
let sweep: Sweep
let lines: string[]
let seconds: number
/** Seconds that only the wall clock has counted. */
let asleep: number
let watch: { look: InterfaceWatch['look'] } & InterfaceWatch
let known: ReturnType<InterfaceWatch['look']>
let log: Log
const counts = createCounts()

beforeEach(() => {
  node = machine()
  driver = createEnaDriver()
  lines = []
  seconds = 0
  asleep = 0
  Object.assign(counts, createCounts())
  const clock: Clock = { now: () => BOOT + (seconds + asleep) * 1000, steady: () => seconds * 1000 }
  const line = (_: object, message: string): void => void lines.push(message)
  log = { debug: line, info: line, warn: line, error: line }
  const watched = watchInterfaces(node.sysfs, createSelection({ include: [], exclude: [], driver: [] }))
  watch = { ...watched, look: () => (known = watched.look()) }
  sweep = createSweep({
    ethtool: driver.ethtool,
    watch: { ...watched, look: () => watch.look() },
    sysfs: node.sysfs,
    procfs: join(node.sysfs, 'proc'),
    statistics: undefined,
    bootTime: BOOT,
    clock,
    counts,
    log,
  })
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

const drops = (eniId: (mac: string) => string | undefined = () => undefined): (() => unknown[]) => {
  const agent = { sweep, counts, ethtool: driver.ethtool, eniId, attributes: () => ({}), log }
  const collector = createCollector(agent, { temporality: 'cumulative', compat: [], sysfs: node.sysfs })
  return () =>
    collector
      .collect()
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

  it('reads everything of a new interface, and afterwards what the table has no row for only when all is asked for', () => {
    plugIn('eth0', 2)
    node.write('eth0', 'statistics/multicast', 5)
    const multicast = (): number | undefined =>
      [...trackedCounters(sweep.attachments()[0]!)].find(({ counter }) => counter.key === 'multicast')?.series.value
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

  it('begins a new series when an ENI comes back', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    plugOut('eth0')
    runAt(101)
    plugIn('eth0', 3)
    drop('eth0', 2)
    runAt(102)
    expect(drops()()).toEqual([
      ['eth0', 0, 100, 7], // read, and not exported before it went
      ['eth0', 101, 101.001, 0],
      ['eth0', 101, 102, 2],
    ])
  })

  it('begins anew at a driver reset also when more is dropped after it than ever before', () => {
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
    expect(lines.at(-1)).toBe('eth0: is called ens5 now')
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
    expect(collect()).toEqual(
      [
        ['eth0', 0, 100, 0],
        ['eth0', 0, 104, 5],
        ['eth1', 0, 104, 0],
      ].slice(1),
    )
    expect(lines.filter((line) => line.startsWith('eth0'))).toEqual([
      'eth0 ethtool: ETHTOOL_GSTATS eth0: no such device (ENODEV)',
      'eth0 ethtool: ETHTOOL_GSTRINGS eth0: no such device (ENODEV)',
      'eth0 ethtool: fine again',
    ])
  })

  it('discards zeros that the driver made up, counts them, and goes on where it was', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    const real = driver.interfaces.get('eth0')!
    driver.interfaces.set('eth0', enaStatistics())
    runAt(101)
    driver.interfaces.set('eth0', real)
    runAt(102)
    expect(collect()).toEqual([['eth0', 0, 102, 7]])
    expect(counts.discarded).toEqual({ all_zero: 1, absurd: 0, unanswered: 0, down: 0 })
    expect(counts.failures.ethtool).toBe(0)
  })

  it('discards what lay on the stack, counts it, and goes on where it was', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    const real = driver.interfaces.get('eth0')!
    const garbage = [...real].map(([name, value]): [string, bigint] =>
      name.includes('_allowance_') ? [name, 0xffff_c900_004b_bd58n] : [name, value],
    )
    driver.interfaces.set('eth0', new Map(garbage))
    runAt(101)
    driver.interfaces.set('eth0', real)
    runAt(102)
    expect(collect()).toEqual([['eth0', 0, 102, 7]])
    expect(counts.discarded).toEqual({ all_zero: 0, absurd: 1, unanswered: 0, down: 0 })
  })

  it('discards what the driver tells while it counts a command without an answer, also where it repeats what it told before', () => {
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
    expect(counts.discarded).toEqual({ all_zero: 0, absurd: 0, unanswered: 1, down: 0 })
    const { series } = [...trackedCounters(sweep.attachments()[0]!)].find(
      ({ counter }) => counter.key === 'linklocal_allowance_exceeded',
    )!
    expect(series.peak).toBe(300)
    expect(collect()).toEqual(
      [
        ['eth0', 0, 100, 7],
        ['eth0', 0, 102, 607],
        ['eth0', 0, 103, 607],
      ].slice(1),
    )
  })

  it('says nothing of commands that failed before it began, and does not report them', () => {
    plugIn('eth0', 2)
    driver.interfaces.get('eth0')!.set('ena_admin_q_aborted_cmd', 5n)
    runAt(100)
    expect(counts.discarded.unanswered).toBe(0)
    const keys = [...trackedCounters(sweep.attachments()[0]!)].map(({ counter }) => counter.key)
    expect(keys.filter((key) => key.startsWith('ena_admin_q'))).toEqual([])
  })

  it('discards a jump of bytes that no link carries, and takes what is true of it later', () => {
    plugIn('eth0', 2, ENA, 700)
    runAt(100)
    const bytes = [...trackedCounters(sweep.attachments()[0]!)][0]!.series
    node.write('eth0', 'statistics/rx_bytes', 2e14)
    runAt(101)
    expect([bytes.value, counts.discarded.absurd]).toEqual([700, 1])
    node.write('eth0', 'statistics/rx_bytes', 25e9) // 200 Gbit/s, which ENA tells no speed of
    runAt(102)
    expect([bytes.value, counts.discarded.absurd]).toEqual([25e9, 1])
  })

  it('goes by the speed that a link tells', () => {
    plugIn('eth0', 2, ENA, 700)
    node.write('eth0', 'speed', 100_000)
    runAt(100)
    const bytes = [...trackedCounters(sweep.attachments()[0]!)][0]!.series
    node.write('eth0', 'statistics/rx_bytes', 25e9)
    runAt(101)
    expect([bytes.value, counts.discarded.absurd]).toEqual([700, 1])
    runAt(102)
    expect(bytes.value).toBe(25e9) // in two seconds it can be
  })

  it('does not go on in the series of an ENI that was replaced by another one of its name', () => {
    plugIn('eth0', 2)
    drop('eth0', 7)
    runAt(100)
    const collect = drops()
    collect()
    // The look of this sweep comes before it, the read of the driver's statistics after it.
    const before = driver.interfaces.get('eth0')!
    driver.interfaces.delete('eth0')
    runAt(101)
    driver.interfaces.set(
      'eth0',
      enaStatistics({ conntrack_allowance_available: 500, linklocal_allowance_exceeded: 9 }),
    )
    node.write('eth0', 'ifindex', 9)
    sweep.attachments()[0]!.readings[1]!.isStale = true
    const { look } = watch
    watch.look = () => known
    runAt(102)
    expect([counts.failures.ethtool, collect()]).toEqual([2, []])
    watch.look = look
    node.remove('eth0')
    node.add({ name: 'eth0', index: 9, ...SECOND_ENA, statistics: { rx_bytes: 0 } })
    runAt(103)
    expect(collect().at(-1)).toEqual(['eth0', 102, 103, 9])
    expect(before.get('linklocal_allowance_exceeded')).toBe(7n)
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
    expect(drops()().filter((row) => (row as readonly unknown[])[0] === 'eth1')).toEqual([
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
    expect(counts.discarded).toEqual({ all_zero: 0, absurd: 0, unanswered: 0, down: 1 })
    node.write('eth0', 'flags', '0x1003')
    node.write('eth0', 'statistics/rx_bytes', 701)
    runAt(104)
    node.write('eth0', 'flags', '0x1002')
    node.write('eth0', 'statistics/rx_bytes', 0)
    runAt(105)
    expect(counts.discarded.down).toBe(2)
  })

  it('believes no zeros while the driver has taken the carrier away, as ENA does when it resets the device', () => {
    node.add({ name: 'eth0', index: 2, ...ENA, statistics: { rx_bytes: 0, rx_dropped: 0 } })
    node.write('eth0', 'carrier', 0)
    runAt(100) // the agent begins in the middle of it
    expect([...trackedCounters(sweep.attachments()[0]!)].map(({ series }) => series.value)).toEqual([
      Number.NaN,
      Number.NaN,
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
    const { series } = [...trackedCounters(sweep.attachments()[0]!)].find(
      ({ counter }) => counter.key === 'linklocal_allowance_exceeded',
    )!
    expect([series.peak, series.throttledSeconds]).toEqual([36_000 / 3601, 1])
  })

  it('says that there is news when a counter that was quiet has risen, until it is exported, and not of busy ones', () => {
    plugIn('eth0', 2, ENA, 700)
    const news = (second: number): boolean => {
      seconds = second
      return sweep.run('sampled')
    }
    expect(news(100)).toBe(false)
    node.write('eth0', 'statistics/rx_bytes', 900)
    expect(news(101)).toBe(false)
    drop('eth0', 1)
    expect([news(102), news(103)]).toEqual([true, true])
    drops()()
    drop('eth0', 1)
    expect(news(104)).toBe(false)
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

  it('tries again when all allowances are zero in the very first read, three times, and then believes it', () => {
    plugIn('eth0', 2)
    driver.interfaces.set('eth0', enaStatistics())
    for (const second of [100, 101, 102]) runAt(second)
    expect([counts.discarded.all_zero, drops()()]).toEqual([3, []])
    runAt(103)
    expect([counts.discarded.all_zero, drops()()]).toEqual([3, [['eth0', 0, 103, 0]]])
  })

  it('reads nothing from the statistics of an interface that is down, and goes on when it is up again', () => {
    plugIn('eth0', 2, ENA, 700)
    runAt(100)
    node.write('eth0', 'flags', '0x1002')
    node.write('eth0', 'statistics/rx_bytes', 0)
    runAt(101)
    const bytes = [...trackedCounters(sweep.attachments()[0]!)][0]!.series
    expect([bytes.value, (bytes.time - BOOT) / 1000]).toEqual([700, 100])
    node.write('eth0', 'flags', '0x1003')
    node.write('eth0', 'statistics/rx_bytes', 900)
    runAt(102)
    expect([bytes.value, bytes.startTime]).toEqual([900, BOOT])
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
      ['nf_conntrack_max', Number.NaN],
    ])
  })

  const conntrackDrops = () => [...sweep.conntrack()!.tracked()].find(({ counter }) => counter.key === 'drop')!.series

  it('counts from the look before when the module of connection tracking is loaded under its eyes', () => {
    runAt(100)
    writeFiles(node.sysfs, { 'proc/net/stat/nf_conntrack': 'drop\n00000005\n' })
    runAt(101)
    const { startTime, changeTimes, changeValues } = conntrackDrops()
    expect([startTime, changeTimes, changeValues]).toEqual([BOOT + 100_000, [BOOT + 100_001], [0]])
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

  it('tells nothing again under the names of other exporters of what it could not read for hours', () => {
    plugIn('eth0', 2)
    plugIn('eth1', 3, SECOND_ENA)
    for (const name of ['eth0', 'eth1']) node.write(name, 'carrier', 1)
    const ethtool: Ethtool = { ...driver.ethtool, driverInfo: () => ENA_INFO, linkSettings: () => undefined }
    const agent = { sweep, counts, ethtool, eniId: () => undefined, attributes: () => ({}), log }
    const compat = ['showmax', 'node_exporter', 'telegraf', 'cloudwatch', 'datadog'] as const
    const { collect } = createCollector(agent, { temporality: 'cumulative', compat, sysfs: node.sysfs })
    const times = () => new Set(collect().flatMap(({ points }) => points.map(({ time }) => (time - BOOT) / 1000)))
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
