// docs/cost.md: its numbers of series and samples, counted again with the agent's own parts on a node with two ENIs, as the tables of
// metrics have them and as the kernel of this machine has files in `statistics`.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createCollector } from '../../packages/metrics/src/points/collect.ts'
import { type Ecosystem, ECOSYSTEMS } from '../../packages/metrics/src/compatibility/ecosystems.ts'
import { createCounts } from '../../packages/metrics/src/sampling/counts.ts'
import { createSelection } from '../../packages/metrics/src/interfaces/selection.ts'
import { watchInterfaces } from '../../packages/metrics/src/interfaces/watch.ts'
import type { Log } from '../../packages/metrics/src/log.ts'
import type { MetricPoints } from '../../packages/metrics/src/points/points.ts'
import { COUNTERS, METRICS } from '../../packages/metrics/src/table.ts'
import { createOwnMetrics } from '../../packages/agent/src/export/own-metrics.ts'
import { createSweep, type Sweep } from '../../packages/metrics/src/sampling/sweep.ts'
import { createTurns } from '../../packages/agent/src/export/turns.ts'
import { createEnaDriver, type EnaDriver } from '../../packages/metrics/test/ena-driver.ts'
import { ENA_LINK } from '../../packages/metrics/test/compatibility/sources.ts'
import { machine, type Machine, nic } from '../../packages/metrics/test/interfaces/machine.ts'
import { read } from './markdown.ts'

const DOCUMENT = 'docs/cost.md'
const DAY = 86_400
const EXPORT_SECONDS = 15
const ENIS = ['ens5', 'ens6']
/** Exports are made at some time between two samples, which is the node's own (`phaseOf`). */
const PHASE = 0.4
const STATISTICS = readdirSync('/sys/class/net/lo/statistics')
const ALLOWANCE = 'linklocal_allowance_exceeded'

let node: Machine
let driver: EnaDriver
let sweep: Sweep
let seconds: number

beforeEach(() => {
  node = machine()
  driver = createEnaDriver()
  seconds = 0
  const names = COUNTERS.filter(({ from }) => from === 'ethtool').map(({ key }) => key)
  for (const [i, name] of ENIS.entries()) {
    node.add({ ...nic(name, 'ena', i + 2), statistics: Object.fromEntries(STATISTICS.map((file) => [file, 1])) })
    node.write(name, 'carrier', 1)
    driver.interfaces.set(name, new Map(names.map((key) => [key, 1n])))
  }
  const procfs = join(node.sysfs, 'proc')
  for (const folder of ['sys/net/netfilter', 'net/stat']) mkdirSync(join(procfs, folder), { recursive: true })
  writeFileSync(join(procfs, 'sys/net/netfilter/nf_conntrack_count'), '1\n')
  writeFileSync(join(procfs, 'sys/net/netfilter/nf_conntrack_max'), '262144\n')
  const columns = COUNTERS.filter(({ from, key }) => from === 'conntrack' && !key.startsWith('nf_'))
  const zeros = columns.map(() => '00000000').join(' ')
  writeFileSync(join(procfs, 'net/stat/nf_conntrack'), `${columns.map(({ key }) => key).join(' ')}\n${zeros}\n`)
  sweep = createSweep({
    ethtool: driver.ethtool,
    watch: watchInterfaces(node.sysfs, createSelection({ include: [], exclude: [], driver: [] })),
    sysfs: node.sysfs,
    procfs,
    statistics: undefined,
    bootTime: 0,
    clock,
    counts,
    log,
  })
})
afterEach(() => {
  sweep.close()
  rmSync(node.sysfs, { recursive: true })
})

const counts = createCounts()
const clock = { now: () => 1_000_000 + seconds * 1000, steady: () => seconds * 1000 }
const none = (): void => undefined
const log: Log = { debug: none, info: none, warn: none, error: none }

describe('docs/cost.md', () => {
  it('has the number of series of each ENI, and of the connection tracking', async () => {
    const found = await run(60)
    expect(seriesOf(found, ({ attributes }) => attributes['network.interface.name'] === ENIS[0])).toBe(
      documented('each ENI'),
    )
    expect(seriesOf(found, ({ attributes }) => !('network.interface.name' in attributes))).toBe(
      documented("the kernel's connection tracking"),
    )
  })

  it('has the number of series that the agent tells of itself', () => {
    const queue = { points: 0, size: 0, age: 0 }
    const source = { counts: createCounts(), interfaces: 2, queue, queueSize: 0, series: 0, seriesCut: 0 }
    expect(seriesOf(createOwnMetrics(0, false)(source, 1))).toBe(documented('the agent itself'))
  })

  it.each(ECOSYSTEMS)('has the number of series of each ENI that the names of %s add', async (ecosystem) => {
    const with2 = seriesOf(await run(60, [ecosystem]))
    rmSync(join(node.sysfs, 'class/net', ENIS[1]!), { recursive: true })
    driver.interfaces.delete(ENIS[1]!)
    const with1 = seriesOf(await run(60, [ecosystem]))
    expect(with2 - with1).toBe(documented('each ENI') + documented(`each ENI, ${ecosystem}`))
  })

  it('has the series of two ENIs, and their samples of a quiet day', async () => {
    expect(seriesOf(await run(60)) + documented('the agent itself')).toBe(documented('two ENIs, nothing asked for'))
    expect(await aDay()).toBe(documented('two ENIs, all quiet'))
    expect((await aDay()) / 2).toBe(documented('the same, `exportInterval: 30s`'))
    expect(await aDay(['node_exporter'])).toBe(documented("the same, with node_exporter's names"))
  })

  it('has the samples of counters that change with each read', async () => {
    const counters = COUNTERS.filter(({ metric }) => METRICS.find(({ name }) => name === metric)?.kind === 'counter')
    const ofEnis = counters.filter(({ from }) => from !== 'conntrack')
    const busy = ofEnis.filter((counter) => counter.busy === true).length
    const quiet = ofEnis.length - busy
    const anotherRise = (): void => {
      const statistics = driver.interfaces.get(ENIS[0]!)!
      statistics.set(ALLOWANCE, statistics.get(ALLOWANCE)! + 7n)
    }
    const more = ((samplesOf(await run(300, [], [0, 0], anotherRise)) - samplesOf(await run(300))) * DAY) / 300
    const allQuiet = documented('two ENIs, all quiet')
    expect(allQuiet + ENIS.length * busy * more).toBe(documented('the same, `detail: full`, never quiet'))
    expect(allQuiet + (ENIS.length * quiet + counters.length - ofEnis.length) * more).toBe(
      documented('the worst: every quiet counter rises each second'),
    )
  })

  it('has the price of each row', () => {
    const rows = read(DOCUMENT).matchAll(/^\| [^|]+ \| +([\d,]+) +\| ([\d.]+) million +\| ([\d.]+) +\|$/gm)
    const written = [...rows].map((row) => row.slice(1).map((cell) => Number(cell.replaceAll(',', ''))))
    expect(written).toHaveLength(5)
    for (const [samples = 0, millions, price] of written) {
      expect([millions, price]).toEqual([round((samples * 30) / 1e6, 1), round((samples * 30 * 0.9) / 1e7, 2)])
    }
  })

  it('has the samples that a burst of 10 s adds to whole exports', async () => {
    const quiet = samplesOf(await run(600))
    const burst = samplesOf(await run(600, [], [120, 130]))
    expect(burst - quiet).toBe(10)
  })
})

/** Samples of a day on which nothing changes. */
async function aDay(compat: readonly Ecosystem[] = []): Promise<number> {
  const ofAnExport = (samplesOf(await run(600, compat)) - samplesOf(await run(300, compat))) / (300 / EXPORT_SECONDS)
  return (ofAnExport + documented('the agent itself')) * (DAY / EXPORT_SECONDS)
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/**
 * What is exported in so many seconds, each with its sample, and one read more at each export.
 *
 * @param burst seconds in which the link-local limit of the first ENI is exceeded
 */
async function run(
  length: number,
  compat: readonly Ecosystem[] = [],
  [from, to] = [0, 0],
  beforeRead = none,
): Promise<readonly MetricPoints[]> {
  const link = {
    ...driver.ethtool,
    driverInfo: () => ENA_LINK.driver,
    linkSettings: () => ENA_LINK.settings,
  } as unknown as typeof driver.ethtool
  const agent = { sweep, counts, ethtool: link, eniId: () => 'eni-1', attributes: () => ({ 'host.id': 'i-1' }), log }
  const collector = createCollector(agent, { temporality: 'cumulative', compat, sysfs: node.sysfs })
  const exports: MetricPoints[] = []
  const turns = createTurns({
    agent: {
      ...agent,
      sample: (extent) => sweep.run(extent),
      whyNothingIsRead: () => undefined,
      identify: async () => undefined,
    },
    sink: { take: (metrics) => void exports.push(...metrics) },
    collector,
    config: { sampleInterval: 1000, exportInterval: EXPORT_SECONDS * 1000 },
    clock,
    log,
  })
  await turns.deliver()
  exports.length = 0
  const begin = seconds
  while (seconds < begin + length) {
    seconds++
    const second = seconds - begin
    const statistics = driver.interfaces.get(ENIS[0]!)!
    if (second > from && second <= to) statistics.set(ALLOWANCE, statistics.get(ALLOWANCE)! + 7n)
    beforeRead()
    turns.sample()
    if (second % EXPORT_SECONDS !== 0) continue
    seconds += PHASE
    beforeRead()
    await turns.deliver()
    seconds -= PHASE
  }
  return exports
}

type Point = MetricPoints['points'][number]

function seriesOf(exports: readonly MetricPoints[], isWanted: (point: Point) => boolean = () => true): number {
  const names = exports.flatMap(({ metric, points }) =>
    points.filter(isWanted).map(({ attributes }) => `${metric.name} ${JSON.stringify(attributes)}`),
  )
  return new Set(names).size
}

function samplesOf(exports: readonly MetricPoints[]): number {
  return exports.reduce((sum, { points }) => sum + points.length, 0)
}

/** The number of that row of a table of the document: `| each ENI | 59 | … |`. */
function documented(row: string): number {
  const line = read(DOCUMENT)
    .split('\n')
    .find((line) => line.startsWith(`| ${row} `))
  if (line === undefined) throw new Error(`${DOCUMENT} has no row ${row}`)
  return Number(line.split('|')[2]!.replaceAll(',', ''))
}
