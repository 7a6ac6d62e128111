// What a collector spends on 1,000 nodes: pushes of 1,000 agents against scrapes of 1,000 node_exporters, both every 15 s, in two
// processes of the same collector over the same minutes, each with the same exporter behind.
// Usage: node thousand-nodes.ts NODE_EXPORTER OTELCOL WINDOWS BATCH, in a network namespace with nic0 and nic1. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { loopbackServer } from '../amp/loopback-server.ts'
import { capture } from './capture.ts'
import { collectorProcess, otlpReceiver, scrapeReceiver } from './programs.ts'
import { pushes, targets } from './many-nodes.ts'
import { cpuPerSecond, peakRss } from './process-usage.ts'

export interface ThousandNodes {
  /** Milliseconds of CPU a second, by window. */
  readonly cpu: Readonly<Record<'pushed' | 'scraped', readonly number[]>>
  /** MB at most. */
  readonly peakRss: Readonly<Record<'pushed' | 'scraped', number>>
  /** Of the collector's remote writes. */
  readonly bytesWritten: Readonly<Record<'pushed' | 'scraped', number>>
}

const NODES = 1000
const NICS = 2
const INTERVAL_MS = 15_000
const CAPTURES = 3

const [nodeExporter = '', otelcol = '', windows = '5', batch = '1s'] = process.argv.slice(2)

const captured = await capture(NICS, nodeExporter, CAPTURES)
await using parts = new AsyncDisposableStack()
const bytesWritten = { pushed: 0, scraped: 0 }
const sink = async (side: keyof typeof bytesWritten): Promise<string> => {
  const server = await loopbackServer(async ({ body }) => {
    bytesWritten[side] += body.length
    return { status: 204 }
  })
  return parts.use(server).url
}
const configuration = async (side: keyof typeof bytesWritten, receiver: object): Promise<object> => ({
  receivers: receiver,
  processors: { batch: { timeout: batch } },
  exporters: {
    prometheusremotewrite: {
      endpoint: await sink(side),
      resource_to_telemetry_conversion: { enabled: true },
      target_info: { enabled: false },
    },
  },
  service: {
    telemetry: { metrics: { level: 'none' } },
    pipelines: {
      metrics: { receivers: Object.keys(receiver), processors: ['batch'], exporters: ['prometheusremotewrite'] },
    },
  },
})

const exporters = parts.use(await targets(NODES, captured.answers))
const scraping = { prometheus: scrapeReceiver(exporters.addresses, '15s') }
const scraped = parts.use(await collectorProcess(otelcol, await configuration('scraped', scraping)))
const pushed = parts.use(await collectorProcess(otelcol, await configuration('pushed', { otlp: otlpReceiver(4317) })))
const agents = parts.use(pushes(4317, NODES, captured.pushes))

await wait(2 * INTERVAL_MS)
const before = { ...bytesWritten, taken: agents.counts.taken, scrapes: exporters.counts.scrapes }
const cpu = await cpuPerSecond({ pushed: pushed.pid, scraped: scraped.pid }, Number(windows), INTERVAL_MS)
const expected = NODES * Number(windows)
const done = { pushes: agents.counts.taken - before.taken, scrapes: exporters.counts.scrapes - before.scrapes }
if (agents.counts.failed > 0) throw new Error(`the collector did not take ${agents.counts.failed} pushes`)
for (const [what, count] of Object.entries(done))
  if (Math.abs(count - expected) > expected / 20) throw new Error(`${count} ${what} instead of ${expected}`)
const result: ThousandNodes = {
  cpu,
  peakRss: { pushed: peakRss(pushed.pid), scraped: peakRss(scraped.pid) },
  bytesWritten: {
    pushed: bytesWritten.pushed - before.pushed,
    scraped: bytesWritten.scraped - before.scraped,
  },
}
process.stdout.write(`${JSON.stringify(result)}\n`)
