// How long it takes from a drop in the kernel until a query of Prometheus tells it: pushed by the agent, and scraped from node_exporter
// every 15 s by the same collector, which writes both to the same Prometheus. Each drop is waited for on all ways at once.
// Usage: node drop-to-query.ts NODE_EXPORTER OTELCOL EVENTS BATCH, in a network namespace with an interface nic* for each event: it is
// the first one after quiet. BATCH is how long the collector waits for more, as 1s: that is one pair of ways, the other one has no
// batching. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { runPrometheus } from '../amp/prometheus.ts'
import { output } from '../harness/command.ts'
import { type PrometheusApi, prometheusApi } from '../e2e/setup/prometheus-api.ts'
import { agentProcess, collectorProcess, nodeExporterProcess, otlpReceiver, scrapeReceiver } from './programs.ts'
import { traffic } from './traffic.ts'

/** The program that reads the counter, and whether the collector batches. */
type Way = `${'agent' | 'exporter'} ${'batched' | 'at once'}`

/** Milliseconds, by event. */
export type DropToQuery = Readonly<Record<Way, readonly number[]>>

const SCRAPE_MS = 15_000
/** How often Prometheus is asked. */
const ASK_MS = 20
const PATIENCE_MS = 60_000

const [nodeExporter = '', otelcol = '', given = '5', batch = '1s'] = process.argv.slice(2)
const events = Number(given)

await using parts = new AsyncDisposableStack()
const flow = parts.use(await traffic(events))
// A veth drops what its other end has no room for, and counts it: tx_dropped (drivers/net/veth.c, veth_xmit; is_skb_forwardable).
for (let nic = 0; nic < events; nic++) await output(['ip', 'link', 'set', `peer${nic}`, 'mtu', '576'])
const TOO_LONG = 1000

const store = await runPrometheus()
parts.use(store)
parts.use(await nodeExporterProcess(nodeExporter, 9100))
const remoteWrite = (label: string): object => ({
  endpoint: `${store.url}/api/v1/write`,
  external_labels: { way: label },
  resource_to_telemetry_conversion: { enabled: true },
  target_info: { enabled: false },
})
const receivers = { otlp: otlpReceiver(4317), prometheus: scrapeReceiver(['127.0.0.1:9100'], '15s') }
parts.use(
  await collectorProcess(otelcol, {
    receivers,
    processors: { batch: { timeout: batch } },
    exporters: {
      'prometheusremotewrite/batched': remoteWrite('batched'),
      'prometheusremotewrite/once': remoteWrite('at once'),
    },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: {
        'metrics/batched': {
          receivers: Object.keys(receivers),
          processors: ['batch'],
          exporters: ['prometheusremotewrite/batched'],
        },
        'metrics/once': { receivers: Object.keys(receivers), exporters: ['prometheusremotewrite/once'] },
      },
    },
  }),
)
parts.use(
  await agentProcess('http://127.0.0.1:4317', ['--include', 'nic*', '--node-name', 'bench', '--health-port', 'off']),
)

const api = prometheusApi((path) => fetch(store.url + path))
const SELECTORS = {
  agent: 'system_network_packet_dropped_total{network_io_direction="transmit",network_interface_name',
  exporter: 'node_network_transmit_drop_total{device',
}
const WAYS: readonly Way[] = ['agent batched', 'agent at once', 'exporter batched', 'exporter at once']
const selector = (way: Way, nic: number): string => {
  const [reader, ...label] = way.split(' ') as ['agent' | 'exporter', ...string[]]
  return `${SELECTORS[reader]}="nic${nic}",way="${label.join(' ')}"}`
}

/** Milliseconds from `start` until the store has a value of at least `least` on this way. */
async function seen({ query }: PrometheusApi, way: Way, nic: number, least: number, start: number): Promise<number> {
  const promql = selector(way, nic)
  for (;;) {
    const [found] = await query(promql)
    const passed = performance.now() - start
    if (found !== undefined && found.value >= least) return passed
    if (passed > PATIENCE_MS) throw new Error(`${way}: ${promql} is ${found?.value} after ${passed} ms, not ${least}`)
    await wait(ASK_MS)
  }
}

const result = Object.fromEntries(WAYS.map((way) => [way, []])) as unknown as Record<Way, number[]>
const all = Array.from({ length: events }, (_, nic) => WAYS.map((way) => seen(api, way, nic, 0, performance.now())))
await Promise.all(all.flat())
for (let nic = 0; nic < events; nic++) {
  // Random phases, one in each equal part of the scrape interval, so that the median of a few tells that of many.
  const phase = ((nic + Math.random()) / events) * SCRAPE_MS
  await wait((((phase - (Date.now() % SCRAPE_MS)) % SCRAPE_MS) + SCRAPE_MS) % SCRAPE_MS)
  const start = performance.now()
  await flow.send(nic, TOO_LONG)
  const times = await Promise.all(WAYS.map((way) => seen(api, way, nic, 1, start)))
  for (const [at, way] of WAYS.entries()) result[way].push(times[at]!)
}
process.stdout.write(`${JSON.stringify(result satisfies DropToQuery)}\n`)
