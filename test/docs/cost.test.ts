// docs/cost.md: its numbers of series and samples, counted again with the agent's own parts, from the read to the queue, on a node with two
// ENIs as the tables of metrics have them. The kernel of this machine says which files `statistics` has.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import type { QueuedPoint } from '../../packages/agent/src/export/batch.ts'
import { createHeartbeat } from '../../packages/agent/src/export/heartbeat.ts'
import { ExportCounts, USED_EXPORT_METRICS } from '../../packages/agent/src/export/own-metrics.ts'
import { pointsToQueue } from '../../packages/agent/src/export/resource-metrics.ts'
import { createStreamMetrics } from '../../packages/agent/src/export/stream-metric.ts'
import { createStreams, type Stream } from '../../packages/agent/src/export/streams.ts'
import { type Ecosystem, ECOSYSTEMS } from '../../packages/metrics/src/compatibility/ecosystems.ts'
import { SAMPLING_METRICS } from '../../packages/metrics/src/own-metrics.ts'
import { toScopeMetrics } from '../../packages/metrics/src/points/metric-data.ts'
import { COUNTERS } from '../../packages/metrics/src/table.ts'
import { ENA_LINK } from '../../packages/metrics/test/compatibility/sources.ts'
import { nic } from '../../packages/metrics/test/interfaces/machine.ts'
import { createOwnPoints } from '../harness/own-points.ts'
import { type SimulatedNode, simulatedNode } from '../harness/simulated-node.ts'
import { read } from './markdown.ts'

const DOCUMENT = 'docs/cost.md'
const DAY = 86_400
const ENIS = ['ens5', 'ens6']
/** Exports are made at some time between two samples, which is the node's own (`phaseOf`). */
const PHASE = 0.4
const STATISTICS = readdirSync('/sys/class/net/lo/statistics')
const DRIVER = COUNTERS.filter(({ from }) => from === 'ethtool').map(({ key }) => key)
const CONNTRACK = COUNTERS.filter(({ from, key }) => from === 'conntrack' && !key.startsWith('nf_'))
const LIMIT = 'linklocal_allowance_exceeded'
const TRAFFIC = /^[rt]x_(bytes|packets)$/
const EXPRESS = /^ena_srd/

interface Life {
  readonly enis?: readonly string[]
  readonly compat?: readonly Ecosystem[]
  readonly exportSeconds?: number
  readonly heartbeatSeconds?: number
  readonly detail?: 'changes' | 'full'
  /** What rises each second: nothing, bytes and packets (the default), these and ENA Express, or every counter. */
  readonly rising?: 'nothing' | 'traffic' | 'express' | 'everything'
  /** Seconds in which the link-local limit of the first ENI is exceeded. */
  readonly burst?: readonly [from: number, to: number]
}

/** After some minutes: heartbeats have begun. */
const WARM_UP = 240

/** What is sent in so many seconds: each second is sampled, and each export reads once more. */
function sent(seconds: number, life: Life = {}): readonly QueuedPoint[] {
  const { enis = ENIS, compat = [], exportSeconds = 15, heartbeatSeconds = 60, detail = 'changes' } = life
  const { rising = 'traffic', burst: [from, to] = [0, 0] } = life
  let second = -WARM_UP
  const now = (): number => 1_000_000_000 + second * 1000
  const node = simulatedNode({ now, detail })
  using _ = { [Symbol.dispose]: () => close(node) }
  const values = { traffic: 1, express: 0, others: 0, limit: 0 }
  let reads = 0
  const write = (): void => {
    for (const eni of enis) {
      for (const file of STATISTICS)
        node.machine.write(eni, `statistics/${file}`, TRAFFIC.test(file) ? values.traffic : values.others)
      const valueOf = (key: string): number => (EXPRESS.test(key) ? values.express : values.others)
      node.driver.interfaces.set(eni, new Map(DRIVER.map((key) => [key, BigInt(valueOf(key))])))
    }
    const first = node.driver.interfaces.get(enis[0]!)!
    first.set(LIMIT, first.get(LIMIT)! + BigInt(values.limit))
    writeConntrack(node, rising === 'nothing' ? 1 : values.traffic, values.others)
  }
  for (const [i, name] of enis.entries()) {
    node.machine.add({
      ...nic(name, 'ena', i + 2),
      statistics: Object.fromEntries(STATISTICS.map((file) => [file, 0])),
    })
    node.machine.write(name, 'carrier', 1)
  }
  const rise = (): void => {
    if (rising !== 'nothing') values.traffic += 1 + ((reads++ * 7919) % 1009) // each export has another peak
    if (rising === 'express' || rising === 'everything') values.express += 1
    if (rising === 'everything') values.others += 1
    if (second > from && second <= to) values.limit += 1
    write()
  }
  write()
  const points = node.points({
    ethtool: {
      ...node.driver.ethtool,
      driverInfo: () => ENA_LINK.driver,
      linkSettings: () => ENA_LINK.settings,
    } as unknown as typeof node.driver.ethtool,
    eniId: () => 'eni-1',
    instanceId: () => 'i-1',
    temporality: 'cumulative',
    compat,
  })
  const ownPoints = createOwnPoints(now(), 'cumulative')
  const counts = new ExportCounts()
  const [streams, metricOf] = [createStreams(20_000, exportSeconds * 1000), createStreamMetrics()]
  const heartbeat = createHeartbeat({
    heartbeatInterval: heartbeatSeconds * 1000,
    exportInterval: exportSeconds * 1000,
    detail,
  })
  const all: QueuedPoint[] = []
  const exportNow = (wanted: 'all' | 'risen'): void => {
    const exporting = { queue: { points: 0, sizeBytes: 0, ageMs: 0 }, queueCapacityBytes: 2 ** 23 }
    const series = { count: streams.count(), cut: 0 }
    const sampling = { counts: node.counts, interfaces: enis.length, longestIntervalMs: 1000 }
    const own =
      wanted === 'risen'
        ? []
        : [
            ...ownPoints(SAMPLING_METRICS, sampling, now()),
            ...ownPoints(USED_EXPORT_METRICS, Object.assign(counts, exporting, { series }), now()),
          ]
    const scopeMetrics = toScopeMetrics([...own, ...points(wanted)], 'cumulative')
    const queued = heartbeat(pointsToQueue({ scopeMetrics }, metricOf, streams, now()), now())
    counts.exportedPoints += queued.length
    if (second > 0) all.push(...queued)
  }
  let earlySecond = -Infinity
  const early = (hasRisen: boolean): void => {
    if (!hasRisen || second - earlySecond < 0.95) return
    earlySecond = second
    exportNow('risen')
  }
  while (second < seconds) {
    second++
    rise()
    early(node.sweep.run('sampled').hasRisen)
    if (second % exportSeconds !== 0) continue
    second += PHASE
    rise()
    node.sweep.run('all')
    exportNow('all')
    second -= PHASE
  }
  return all
}

function writeConntrack({ procfs }: SimulatedNode, entries: number, others: number): void {
  for (const folder of ['sys/net/netfilter', 'net/stat']) mkdirSync(join(procfs, folder), { recursive: true })
  writeFileSync(join(procfs, 'sys/net/netfilter/nf_conntrack_count'), `${entries % 100_000}\n`)
  writeFileSync(join(procfs, 'sys/net/netfilter/nf_conntrack_max'), '262144\n')
  const [names, row] = [CONNTRACK.map(({ key }) => key), CONNTRACK.map(() => others.toString(16).padStart(8, '0'))]
  writeFileSync(join(procfs, 'net/stat/nf_conntrack'), `${names.join(' ')}\n${row.join(' ')}\n`)
}

function close({ sweep, machine }: SimulatedNode): void {
  sweep.close()
  rmSync(machine.sysfs, { recursive: true })
}

/** The samples of a day of such a life. */
function aDay(life: Life): number {
  const seconds = 600
  return (sent(seconds, life).length * DAY) / seconds
}

function seriesOf(points: readonly QueuedPoint[], isWanted: (stream: Stream) => boolean = () => true): number {
  return new Set(points.map(({ stream }) => stream).filter(isWanted)).size
}
const isOfEni = ({ attributes }: Stream): boolean => attributes['network.interface.name'] === ENIS[0]

test('the series of each ENI, of connection tracking and of the agent itself', () => {
  const quiet = sent(300)
  expect(seriesOf(quiet, isOfEni)).toBe(documented('each ENI'))
  expect(seriesOf(sent(300, { rising: 'express' }), isOfEni)).toBe(documented('each ENI with ENA Express'))
  expect(seriesOf(sent(300, { rising: 'everything' }), isOfEni)).toBe(documented('each ENI, all that there can be'))
  const isOfNode = ({ attributes, metric }: Stream): boolean =>
    !('network.interface.name' in attributes) && !metric.isOwn
  expect(seriesOf(quiet, isOfNode)).toBe(documented("the kernel's connection tracking"))
  expect(seriesOf(quiet, ({ metric }) => metric.isOwn)).toBe(documented('the agent itself'))
  expect(seriesOf(quiet)).toBe(documented('two ENIs, default options'))
})

test.each(ECOSYSTEMS)('the series of each ENI that the names of %s add', (ecosystem) => {
  const compat = [ecosystem]
  const of2 = seriesOf(sent(300, { compat }))
  const of1 = seriesOf(sent(300, { compat, enis: [ENIS[0]!] }))
  expect(of2 - of1).toBe(documented('each ENI') + documented(`each ENI, ${ecosystem}`))
})

const DAYS: readonly (readonly [row: string, life: Life])[] = [
  ['two ENIs without traffic', { rising: 'nothing' }],
  ['two ENIs with traffic', {}],
  ['the same, `heartbeatInterval: 2m`', { heartbeatSeconds: 120 }],
  ['the same, `exportInterval: 30s`', { exportSeconds: 30 }],
  ['the same, `heartbeatInterval: 15s`', { heartbeatSeconds: 15 }],
  ["the same, with node_exporter's names", { compat: ['node_exporter'] }],
  ['the same, `detail: full`', { detail: 'full' }],
  ['the worst: every counter rises each second', { rising: 'everything' }],
]

test.each(DAYS)('the samples of a day: %s', (row, life) => {
  expect(aDay(life)).toBe(documented(row))
})

test('two ENIs cost what they may', () => {
  const day = aDay({})
  expect(day).toBeLessThanOrEqual(225_000)
  expect(dollars(day)).toBeLessThanOrEqual(0.65)
})

test('the price of each row', () => {
  const rows = read(DOCUMENT).matchAll(/^\| [^|]+ \| +([\d,]+) +\| ([\d.]+) million +\| ([\d.]+) +\|$/gm)
  const written = [...rows].map((row) => row.slice(1).map((cell) => Number(cell.replaceAll(',', ''))))
  expect(written).toHaveLength(DAYS.length)
  for (const [samples = 0, millions, price] of written)
    expect([millions, price]).toEqual([round((samples * 30) / 1e6, 1), round(dollars(samples), 2)])
})

test('the samples that a burst of 10 s adds', () => {
  expect(sent(600, { burst: [120, 130] }).length - sent(600).length).toBe(documented('a burst of 10 s'))
})

/** A month of 30 such days, at 0.90 USD for 10 million samples. */
function dollars(samplesADay: number): number {
  return (samplesADay * 30 * 0.9) / 1e7
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}

/** The number of that row of a table of the document: `| each ENI | 38 | … |`. */
function documented(row: string): number {
  const line = read(DOCUMENT)
    .split('\n')
    .find((line) => line.startsWith(`| ${row} `))
  if (line === undefined) throw new Error(`${DOCUMENT} has no row ${row}`)
  return Number(line.split('|')[2]!.replaceAll(',', ''))
}
