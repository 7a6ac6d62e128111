// What the benchmark measures: each by itself, for `--only`, and each in namespaces of its own.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { parse } from 'yaml'

import { REPOSITORY } from '../harness/agent.ts'
import { output } from '../harness/command.ts'
import { networkNamespace } from '../harness/netns.ts'
import type { DropToPage } from './drop-to-page.ts'
import type { DropToQuery } from './drop-to-query.ts'
import { type GoalRow, ratioRow, spread } from './goals.ts'
import type { Growth } from './growth.ts'
import { inNamespace } from './in-namespace.ts'
import { median } from './median.ts'
import type { Previous } from './previous.ts'
import type { Profile } from './profile.ts'
import type { SideBySide } from './side-by-side.ts'
import type { Soak } from './soak.ts'
import type { ThousandNodes } from './thousand-nodes.ts'

export interface Programs {
  readonly nodeExporter: string
  readonly telegraf: string
  readonly otelcol: string
}

export interface Extent {
  /** Windows or events of which the median is taken. */
  readonly count: number
  readonly soakSeconds: number
  /** The bundle of an earlier agent, for `previous`. */
  readonly previous: string | undefined
}

export interface Findings {
  readonly goals?: readonly GoalRow[]
  /** Further tables, each with its title. */
  readonly tables?: readonly (readonly [title: string, rows: readonly (readonly string[])[]])[]
  /** What the scripts printed. */
  readonly raw: unknown
}

export type Measurement = (programs: Programs, extent: Extent, stop: AbortSignal) => Promise<Findings>

/** How long the chart's collector waits for more where it batches (`collector.buffer`): `collector.batch.timeout`. */
function chartBatch(): string {
  const values = parse(readFileSync(join(REPOSITORY, 'charts/ena-otel/values.yaml'), 'utf8')) as {
    readonly collector: { readonly batch: { readonly timeout: string } }
  }
  return values.collector.batch.timeout
}

const SIDES: Readonly<Record<keyof SideBySide['cpu'], string>> = {
  agent: 'ena-otel',
  fullAgent: 'ena-otel, --detail full',
  exporter15s: 'node_exporter, 15 s',
  exporter1s: 'node_exporter, 1 s',
  telegraf: 'telegraf, 1 s',
}

const sideBySide: Measurement = async ({ nodeExporter, telegraf, otelcol }, { count }, stop) => {
  const raw = await inNamespace<SideBySide>(2, 'side-by-side.ts', [nodeExporter, telegraf, otelcol, count], stop)
  const { cpu, bytesPerSample, memory } = raw
  const cpuRow = (
    what: string,
    ours: 'agent' | 'fullAgent',
    against: string,
    theirs: keyof SideBySide['cpu'],
    goal: number,
  ): GoalRow => ratioRow({ what, against, goal }, cpu[ours], cpu[theirs], 'ms/s', 2)
  const [usual, full] = ['CPU, sampling each second', 'CPU, and sending every change (--detail full)']
  const perReading = bytesPerSample.fullAgent.map(
    (bytes) => (bytes * raw.samplesPerMinute.fullAgent) / (60 * raw.countersEachSecond),
  )
  const mb = (value: number): string => `${value.toFixed(1)} MB`
  return {
    raw,
    goals: [
      cpuRow(usual, 'agent', 'node_exporter, a scrape in 15 s', 'exporter15s', 1),
      cpuRow(full, 'fullAgent', 'node_exporter, a scrape each second', 'exporter1s', 0.1),
      cpuRow(full, 'fullAgent', 'telegraf, each second', 'telegraf', 0.1),
      ratioRow(
        {
          what: 'Bytes on the wire, a reading (--detail full)',
          against: 'node_exporter, each second, gzip',
          goal: 0.25,
        },
        perReading,
        bytesPerSample.exporter1s,
        'B',
        1,
      ),
      ratioRow(
        { what: 'Bytes on the wire, a point', against: 'node_exporter, in 15 s, gzip', goal: 0.25 },
        bytesPerSample.agent,
        bytesPerSample.exporter15s,
        'B',
        1,
      ),
      ratioRow(
        { what: 'Resident memory', against: 'bare node', goal: 1.6 },
        [memory.agent.rss],
        [memory.node.rss],
        'MB',
        1,
      ),
      {
        what: 'Anonymous memory',
        against: 'bare node',
        ours: mb(memory.agent.anonymous),
        theirs: mb(memory.node.anonymous),
        found: memory.agent.anonymous,
        goal: 22,
        unit: 'MB',
      },
    ],
    tables: [
      [
        'Side by side: two NICs, the same minutes, medians of windows of 60 s',
        [
          ['', 'CPU', 'samples a minute', 'bytes a sample', 'resident', 'anonymous'],
          ...(Object.keys(SIDES) as (keyof typeof SIDES)[]).map((who) => {
            const used = memory[who === 'exporter1s' ? 'exporter15s' : who]
            return [
              SIDES[who],
              spread(cpu[who], 'ms/s', 2),
              String(raw.samplesPerMinute[who]),
              spread(bytesPerSample[who], 'B', 1),
              mb(used.rss),
              mb(used.anonymous),
            ]
          }),
          ['bare node', '', '', '', mb(memory.node.rss), mb(memory.node.anonymous)],
        ],
      ],
    ],
  }
}

const dropToQuery: Measurement = async ({ nodeExporter, otelcol }, { count }, stop) => {
  const batch = chartBatch()
  const events = 2 * count
  const raw = await inNamespace<DropToQuery>(events, 'drop-to-query.ts', [nodeExporter, otelcol, events, batch], stop)
  const seconds = (ms: readonly number[]): readonly number[] => ms.map((value) => value / 1000)
  const row = (how: 'batched' | 'at once', what: string): GoalRow =>
    ratioRow(
      { what, against: 'node_exporter, scraped in 15 s by the same collector', goal: 0.1 },
      seconds(raw[`agent ${how}`]),
      seconds(raw[`exporter ${how}`]),
      's',
      2,
    )
  return {
    raw,
    goals: [
      row('batched', `Drop to query, a collector that batches for ${batch}`),
      row('at once', "Drop to query, the chart's collector (no batching)"),
    ],
  }
}

const dropToPage: Measurement = async ({ nodeExporter }, { count }, stop) => {
  const drops = Math.max(10, 2 * count)
  const raw = await inNamespace<DropToPage>(drops, 'drop-to-page.ts', [nodeExporter, drops], stop)
  const seconds = (of: DropToPage[keyof DropToPage]): number[] => of.flatMap((ms) => (ms === null ? [] : [ms / 1000]))
  const told = (of: DropToPage[keyof DropToPage]): string => {
    const paged = seconds(of)
    return `${paged.length} of ${drops} drops${paged.length > 0 ? `, ${spread(paged, 's', 0)}` : ''}`
  }
  const row = (what: string, found: number, goal: number): GoalRow => ({
    what,
    against: 'the published recipe: 15 s, a batch of 60 s, a rule each 60 s',
    ours: told(raw.agent),
    theirs: told(raw.published),
    found,
    goal,
    unit: 's',
  })
  const paged = seconds(raw.agent)
  const all = paged.length === drops
  return {
    raw,
    goals: [
      row('Drop to page, median', all ? median(paged) : Infinity, 25),
      row('Drop to page, the slowest of all drops', all ? Math.max(...paged) : Infinity, 45),
    ],
  }
}

const thousandNodes: Measurement = async ({ nodeExporter, otelcol }, { count }, stop) => {
  const raw = await inNamespace<ThousandNodes>(
    2,
    'thousand-nodes.ts',
    [nodeExporter, otelcol, count, chartBatch()],
    stop,
  )
  const against = 'scraping 1,000 node_exporters'
  return {
    raw,
    goals: [
      ratioRow(
        { what: 'CPU of a collector, 1,000 nodes', against, goal: 0.5 },
        raw.cpu.pushed,
        raw.cpu.scraped,
        'ms/s',
        0,
      ),
      ratioRow(
        { what: 'Peak memory of that collector', against, goal: 0.5 },
        [raw.peakRss.pushed],
        [raw.peakRss.scraped],
        'MB',
        0,
      ),
    ],
  }
}

const GROWTH_SIZES = [1, 4, 16, 64]

const growth: Measurement = async ({ otelcol }, { count }, stop) => {
  const ended = await Promise.allSettled(
    GROWTH_SIZES.map((nics) => inNamespace<Growth>(nics, 'growth.ts', [otelcol, count], stop)),
  )
  const raw = ended.map((one) => {
    if (one.status === 'rejected') throw one.reason // only now, when no namespace is left
    return one.value
  })
  const [smallest] = raw
  return {
    raw,
    tables: [
      [
        'The agent by number of NICs, all statistics each second: all four at once, medians of windows of 15 s',
        [
          ['NICs', 'CPU', 'each further NIC', 'resident', 'each further NIC', 'anonymous'],
          ...raw.map(({ nics, cpu, memory }) => {
            const each = (total: number, first: number, unit: string): string =>
              nics === smallest!.nics ? '' : `${((total - first) / (nics - smallest!.nics)).toFixed(3)} ${unit}`
            return [
              String(nics),
              spread(cpu, 'ms/s', 2),
              each(median(cpu), median(smallest!.cpu), 'ms/s'),
              `${memory.rss.toFixed(1)} MB`,
              each(memory.rss, smallest!.memory.rss, 'MB'),
              `${memory.anonymous.toFixed(1)} MB`,
            ]
          }),
        ],
      ],
    ],
  }
}

const soak: Measurement = async ({ otelcol }, { soakSeconds }, stop) => {
  const raw = await inNamespace<Soak>(2, 'soak.ts', [otelcol, soakSeconds], stop)
  const quarter = raw.length / 4
  const quarters = [0, 1, 2, 3].map((i) => raw.slice(i * quarter, (i + 1) * quarter))
  return {
    raw,
    tables: [
      [
        `Ten samples a second for ${soakSeconds} s, two NICs: resident memory, median of each quarter`,
        [
          ['first (warm-up)', 'second', 'third', 'fourth', 'fourth less second'],
          [
            ...quarters.map((part) => spread(part, 'MB', 1)),
            `${(median(quarters[3]!) - median(quarters[1]!)).toFixed(1)} MB`,
          ],
        ],
      ],
    ],
  }
}

const profile: Measurement = async ({ otelcol }, { count }, stop) => {
  const raw = await inNamespace<Profile>(2, 'profile.ts', [otelcol, count], stop)
  return {
    raw,
    tables: [
      [
        "Where the agent's CPU goes: two NICs, all side by side, medians of windows of 15 s",
        [['', 'CPU'], ...Object.entries(raw).map(([name, cpu]) => [name, spread(cpu, 'ms/s', 2)])],
      ],
    ],
  }
}

const previous: Measurement = async ({ otelcol }, { count, previous: bundle }, stop) => {
  if (bundle === undefined) return { raw: 'no --previous', goals: [], tables: [] }
  const { cpu, memory } = await inNamespace<Previous>(2, 'previous.ts', [otelcol, bundle, count], stop)
  const of = (who: keyof Previous['memory'], what: 'rss' | 'anonymous'): readonly number[] =>
    memory[who].map((used) => used[what])
  const row = { against: 'the previous agent' }
  return {
    raw: { cpu, memory },
    goals: [
      // The machine's speed drifts from minute to minute, so each window is compared with the same one.
      {
        ...ratioRow({ ...row, what: 'CPU', goal: 1.05 }, cpu.agent, cpu.previous, 'ms/s', 2),
        found: median(cpu.agent.map((used, i) => used / cpu.previous[i]!)),
      },
      ratioRow(
        { what: 'Resident memory', against: 'bare node', goal: 1.6 },
        of('agent', 'rss'),
        of('node', 'rss'),
        'MB',
        1,
      ),
    ],
    tables: [
      [
        'The agent and the previous one: two NICs, the same minutes, medians of windows of 60 s',
        [
          ['', 'CPU', 'resident', 'anonymous'],
          ...(['agent', 'previous', 'node'] as const).map((who) => [
            { agent: 'ena-otel', previous: 'ena-otel, previous', node: 'bare node' }[who],
            spread(cpu[who], 'ms/s', 2),
            spread(of(who, 'rss'), 'MB', 1),
            spread(of(who, 'anonymous'), 'MB', 1),
          ]),
        ],
      ],
    ],
  }
}

interface SweepResult {
  readonly interfaces: number
  readonly counters: number
  readonly hotMs: number
  readonly coldMs?: number
  /** With the statistics that are read for exports only. */
  readonly hotAllMs: number
  readonly coldAllMs?: number
  readonly growthBytes?: number
}
interface ScrapeResult {
  readonly series: number
  readonly hotMs: number
  readonly coldMs: number
}

const SWEEP_SIZES = [1, 2, 4, 8, 16, 32, 64]

const sweep: Measurement = async ({ nodeExporter }, _, stop) => {
  const sweepOf = (nics: number, env?: NodeJS.ProcessEnv): Promise<SweepResult> =>
    inNamespace(nics, 'sweep.ts', ['nic*'], stop, env)
  const two = await sweepOf(2, { COLD: '1', SOAK: '1' })
  const scrape = await inNamespace<ScrapeResult>(2, 'scrape.ts', [nodeExporter], stop)
  const sizes: SweepResult[] = []
  for (const size of SWEEP_SIZES) sizes.push(await sweepOf(size))
  const ms = (value: number): string => `${value.toFixed(3)} ms`
  const ratio = (ours: number, theirs: number): string => `${(ours / theirs).toFixed(2)} ×`
  return {
    raw: { two, scrape, sizes },
    tables: [
      [
        'One reading of two NICs (veth), all sysfs statistics and all ethtool statistics: CPU time, median',
        [
          ['', 'counters', 'one after the other', 'one a second'],
          ['ena-otel, a sweep each second', '', ms(two.hotMs), ms(two.coldMs!)],
          [
            'ena-otel, a sweep with all files, at an export',
            String(two.counters),
            ms(two.hotAllMs),
            ms(two.coldAllMs!),
          ],
          ['node_exporter, a scrape', String(scrape.series), ms(scrape.hotMs), ms(scrape.coldMs)],
          [
            'a sweep with all files : a scrape',
            '',
            ratio(two.hotAllMs, scrape.hotMs),
            ratio(two.coldAllMs!, scrape.coldMs),
          ],
        ],
      ],
      [
        `A sweep by number of NICs: CPU time, median, one after the other. Heap after 10,000 sweeps of two NICs: ${(two.growthBytes! / 1024).toFixed(0)} KiB more than before`,
        [
          ['NICs', 'a sweep', 'per NIC'],
          ...sizes.map(({ interfaces, hotMs }) => [String(interfaces), ms(hotMs), ms(hotMs / interfaces)]),
        ],
      ],
    ],
  }
}

const ethtool: Measurement = async (_programs, _extent, signal) => {
  const namespace = await networkNamespace(1)
  await using _ = namespace
  const script = join(REPOSITORY, 'packages/ethtool/test/bench/read.ts')
  const raw = await output(namespace.command([process.execPath, script, 'nic0']), { signal })
  const rows = raw
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/))
  return { raw, tables: [['@ena-otel/ethtool, wall time, median, one veth', [['', 'a call'], ...rows]]] }
}

/** By the names that `--only` takes, in the order in which they run. */
export const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  'side-by-side': sideBySide,
  previous,
  'drop-to-query': dropToQuery,
  'drop-to-page': dropToPage,
  'thousand-nodes': thousandNodes,
  growth,
  soak,
  profile,
  sweep,
  ethtool,
}
