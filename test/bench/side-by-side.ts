// The agent, node_exporter and telegraf side by side over the same minutes: CPU, bytes on the wire, memory.
// Usage: node side-by-side.ts NODE_EXPORTER TELEGRAF OTELCOL WINDOWS, in a network namespace with nic0 and nic1. Prints JSON.
import type { Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

import { enaOtel, QUIET, REPOSITORY } from '../harness/agent.ts'
import { output } from '../harness/command.ts'
import type { OtlpRequest } from '../harness/otlp-request.ts'
import { flatPoints } from '../harness/points.ts'
import { type Relay, relay } from '../harness/relay.ts'
import {
  agentProcess,
  bareNode,
  droppingCollector,
  nodeExporterProcess,
  otlpReceiver,
  scrapeReceiver,
  telegrafProcess,
} from './programs.ts'
import { type Memory, cpuPerSecond, memory } from './process-usage.ts'
import { traffic } from './traffic.ts'

/** The second agent sends every change of every counter: the resolution of a scrape each second. */
export type Who = 'agent' | 'fullAgent' | 'exporter15s' | 'exporter1s' | 'telegraf'

export interface SideBySide {
  /** Milliseconds of CPU a second, by window. */
  readonly cpu: Readonly<Record<Who, readonly number[]>>
  /** TCP payload, both directions, a sample, by window. */
  readonly bytesPerSample: Readonly<Record<Who, readonly number[]>>
  readonly samplesPerMinute: Readonly<Record<Who, number>>
  /** Counters that the agent reads each second. */
  readonly countersEachSecond: number
  readonly memory: Readonly<Record<Exclude<Who, 'exporter1s'> | 'node', Memory>>
}

const NICS = 2
/** Four exports and four slow scrapes. */
const WINDOW_MS = 60_000
const WARM_UP_MS = 60_000
/** kubelet's default period of a probe; the chart of the agent and that of node_exporter have one for liveness and one for readiness. */
const PROBE_MS = 10_000
/** Of the collector's own metrics, which count the samples. */
const TELEMETRY_PORT = 8888
/** `up`, `scrape_duration_seconds` and three more, which the scraper itself adds. */
const ADDED_BY_SCRAPER = 5

const [nodeExporter = '', telegraf = '', otelcol = '', windows = '5'] = process.argv.slice(2)

await using parts = new AsyncDisposableStack()
parts.use(await traffic(NICS))
const slowPort = 9100
const fastPort = 9101
const slow = parts.use(await nodeExporterProcess(nodeExporter, slowPort))
const fast = parts.use(await nodeExporterProcess(nodeExporter, fastPort))
/** A relay to a port of the loopback that counts the payload of TCP in both directions. */
async function byteCount(port: number): Promise<Relay & { readonly bytes: () => number }> {
  const sockets: Socket[] = []
  const through = await relay(port, (socket) => sockets.push(socket))
  const bytes = (): number => sockets.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0)
  return { ...through, bytes }
}

const relays = {
  agent: parts.use(await byteCount(4317)),
  fullAgent: parts.use(await byteCount(4337)),
  exporter15s: parts.use(await byteCount(slowPort)),
  exporter1s: parts.use(await byteCount(fastPort)),
  telegraf: parts.use(await byteCount(4327)),
}
const receivers = {
  'otlp/agent': otlpReceiver(4317),
  'otlp/fullAgent': otlpReceiver(4337),
  'otlp/telegraf': otlpReceiver(4327),
  'prometheus/exporter15s': scrapeReceiver([`127.0.0.1:${relays.exporter15s.port}`], '15s'),
  'prometheus/exporter1s': scrapeReceiver([`127.0.0.1:${relays.exporter1s.port}`], '1s'),
}
const pull = { exporter: { prometheus: { host: '127.0.0.1', port: TELEMETRY_PORT } } }
parts.use(await droppingCollector(otelcol, receivers, { level: 'normal', readers: [{ pull }] }))
const bare = parts.use(await bareNode())
const ALL = ['--include', 'nic*', '--statistics', '.']
const endpoint = (who: Who): string => `http://127.0.0.1:${relays[who].port}`
const pids: Record<Who, number> = {
  agent: parts.use(await agentProcess(endpoint('agent'), ALL)).pid,
  fullAgent: parts.use(await agentProcess(endpoint('fullAgent'), [...ALL, '--detail', 'full', '--health-port', '8414']))
    .pid,
  exporter15s: slow.pid,
  exporter1s: fast.pid,
  telegraf: parts.use(await telegrafProcess(telegraf, `127.0.0.1:${relays.telegraf.port}`)).pid,
}
const who = Object.keys(pids) as Who[]
const PROBED = [slowPort, fastPort].map((port) => `${port}/`)
const probing = setInterval(() => {
  for (const path of [8413, 8414].flatMap((port) => [`${port}/livez`, `${port}/readyz`]).concat(PROBED, PROBED))
    void fetch(`http://127.0.0.1:${path}`).then((response) => response.text())
}, PROBE_MS)

/** Points that the collector has taken so far. */
async function samples(): Promise<Record<Who, number>> {
  const response = await fetch(`http://127.0.0.1:${TELEMETRY_PORT}/metrics`)
  const text = await response.text()
  const accepted = (receiver: string): number =>
    Number(
      new RegExp(
        `^otelcol_receiver_accepted_metric_points(?:_total)?\\{[^}]*receiver="${receiver}"[^}]*\\} (\\S+)`,
        'm',
      ).exec(text)?.[1] ?? 0,
    )
  return {
    agent: accepted('otlp/agent'),
    fullAgent: accepted('otlp/fullAgent'),
    telegraf: accepted('otlp/telegraf'),
    exporter15s: accepted('prometheus/exporter15s'),
    exporter1s: accepted('prometheus/exporter1s'),
  }
}

await wait(WARM_UP_MS)
const cpu = Object.fromEntries(who.map((name) => [name, [] as number[]])) as unknown as Record<Who, number[]>
const bytesPerSample = structuredClone(cpu)
let samplesPerMinute: Record<Who, number> | undefined
for (let i = 0; i < Number(windows); i++) {
  const before = { samples: await samples(), bytes: who.map((name) => relays[name].bytes()) }
  const used = await cpuPerSecond(pids, 1, WINDOW_MS)
  const after = await samples()
  const scrapes: Partial<Record<Who, number>> = { exporter15s: WINDOW_MS / 15_000, exporter1s: WINDOW_MS / 1_000 }
  const gained = Object.fromEntries(
    who.map((name) => [name, after[name] - before.samples[name] - ADDED_BY_SCRAPER * (scrapes[name] ?? 0)]),
  ) as Record<Who, number>
  for (const [at, name] of who.entries()) {
    cpu[name].push(...used[name])
    bytesPerSample[name].push((relays[name].bytes() - before.bytes[at]!) / gained[name])
  }
  samplesPerMinute = gained
}
clearInterval(probing)
const once = await output(enaOtel('once', ...ALL, '--format', 'otlp-json'), { cwd: REPOSITORY, env: QUIET })
/** The other files of `statistics`, and what isn't read, but made of it. */
const NOT_EACH_SECOND = /^ena\.network\.statistic$|\.peak$/
const eachSecond = flatPoints([JSON.parse(once) as OtlpRequest]).filter(({ metric }) => !NOT_EACH_SECOND.test(metric))
const result: SideBySide = {
  countersEachSecond: eachSecond.length,
  cpu,
  bytesPerSample,
  samplesPerMinute: samplesPerMinute!,
  memory: {
    node: memory(bare.pid),
    agent: memory(pids.agent),
    fullAgent: memory(pids.fullAgent),
    exporter15s: memory(pids.exporter15s),
    telegraf: memory(pids.telegraf),
  },
}
process.stdout.write(`${JSON.stringify(result)}\n`)
