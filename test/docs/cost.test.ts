// docs/cost.md: its numbers of series and samples, counted again with the agent's own parts on a node with two ENIs, as the tables of
// metrics have them and as the kernel of this machine has files in `statistics`.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { type Ecosystem, ECOSYSTEMS } from '../../packages/metrics/src/compatibility/ecosystems.ts'
import { createCounts } from '../../packages/metrics/src/sampling/counts.ts'
import type { MetricPoints } from '../../packages/metrics/src/points/points.ts'
import { COUNTERS, METRICS } from '../../packages/metrics/src/table.ts'
import { EXPORT_METRICS, ExportCounts } from '../../packages/agent/src/export/own-metrics.ts'
import { SAMPLING_METRICS } from '../../packages/metrics/src/own-metrics.ts'
import { ENA_LINK } from '../../packages/metrics/test/compatibility/sources.ts'
import { nic } from '../../packages/metrics/test/interfaces/machine.ts'
import { type SimulatedNode, simulatedNode } from '../harness/simulated-node.ts'
import { read } from './markdown.ts'

const DOCUMENT = 'docs/cost.md'
const DAY = 86_400
const EXPORT_SECONDS = 15
const ENIS = ['ens5', 'ens6']
/** Exports are made at some time between two samples, which is the node's own (`phaseOf`). */
const PHASE = 0.4
const STATISTICS = readdirSync('/sys/class/net/lo/statistics')
const ALLOWANCE = 'linklocal_allowance_exceeded'

let node: SimulatedNode
let seconds: number

beforeEach(() => {
  seconds = 0
  node = simulatedNode({ now: () => 1_000_000 + seconds * 1000 })
  const { machine, driver, procfs } = node
  const names = COUNTERS.filter(({ from }) => from === 'ethtool').map(({ key }) => key)
  for (const [i, name] of ENIS.entries()) {
    machine.add({ ...nic(name, 'ena', i + 2), statistics: Object.fromEntries(STATISTICS.map((file) => [file, 1])) })
    machine.write(name, 'carrier', 1)
    driver.interfaces.set(name, new Map(names.map((key) => [key, 1n])))
  }
  for (const folder of ['sys/net/netfilter', 'net/stat']) mkdirSync(join(procfs, folder), { recursive: true })
  writeFileSync(join(procfs, 'sys/net/netfilter/nf_conntrack_count'), '1\n')
  writeFileSync(join(procfs, 'sys/net/netfilter/nf_conntrack_max'), '262144\n')
  const columns = COUNTERS.filter(({ from, key }) => from === 'conntrack' && !key.startsWith('nf_'))
  const zeros = columns.map(() => '00000000').join(' ')
  writeFileSync(join(procfs, 'net/stat/nf_conntrack'), `${columns.map(({ key }) => key).join(' ')}\n${zeros}\n`)
})
afterEach(() => {
  node.sweep.close()
  rmSync(node.machine.sysfs, { recursive: true })
})

const none = (): void => undefined

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
    const sampling = { counts: createCounts(), interfaces: 2, longestIntervalMs: 1000 }
    const exporting = Object.assign(new ExportCounts(), {
      queue: { points: 0, sizeBytes: 0, ageMs: 0 },
      queueCapacityBytes: 0,
      series: { count: 0, cut: 0 },
    })
    const series = [
      ...SAMPLING_METRICS.flatMap(({ read }) => read(sampling)),
      ...EXPORT_METRICS.flatMap(({ read }) => read(exporting)),
    ]
    expect(series.length).toBe(documented('the agent itself'))
  })

  it.each(ECOSYSTEMS)('has the number of series of each ENI that the names of %s add', async (ecosystem) => {
    const with2 = seriesOf(await run(60, [ecosystem]))
    rmSync(join(node.machine.sysfs, 'class/net', ENIS[1]!), { recursive: true })
    node.driver.interfaces.delete(ENIS[1]!)
    const with1 = seriesOf(await run(60, [ecosystem]))
    expect(with2 - with1).toBe(documented('each ENI') + documented(`each ENI, ${ecosystem}`))
  })

  it('has the series of two ENIs, and their samples of a quiet day', async () => {
    expect(seriesOf(await run(60)) + documented('the agent itself')).toBe(documented('two ENIs, default options'))
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
      const statistics = node.driver.interfaces.get(ENIS[0]!)!
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
    ...node.driver.ethtool,
    driverInfo: () => ENA_LINK.driver,
    linkSettings: () => ENA_LINK.settings,
  } as unknown as typeof node.driver.ethtool
  const points = node.points({
    ethtool: link,
    eniId: () => 'eni-1',
    instanceId: () => 'i-1',
    temporality: 'cumulative',
    compat,
  })
  const exports: MetricPoints[] = []
  const exportAll = (): void => {
    node.sweep.run('all')
    exports.push(...points('all'))
  }
  exportAll()
  exports.length = 0
  const begin = seconds
  while (seconds < begin + length) {
    seconds++
    const second = seconds - begin
    const statistics = node.driver.interfaces.get(ENIS[0]!)!
    if (second > from && second <= to) statistics.set(ALLOWANCE, statistics.get(ALLOWANCE)! + 7n)
    beforeRead()
    node.sweep.run('sampled')
    if (second % EXPORT_SECONDS !== 0) continue
    seconds += PHASE
    beforeRead()
    exportAll()
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
