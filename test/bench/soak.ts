// The agent at its highest rate, ten samples a second, over a long time: does it grow?
// Usage: node soak.ts OTELCOL SECONDS, in a network namespace with nic0 and nic1. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { agentProcess, droppingCollector } from './programs.ts'
import { memory } from './process-usage.ts'
import { traffic } from './traffic.ts'

/** Resident memory at equal distances over the whole time, MB. */
export type Soak = readonly number[]

const LOOKS = 60

const [otelcol = '', seconds = '120'] = process.argv.slice(2)

await using parts = new AsyncDisposableStack()
parts.use(await traffic(2))
parts.use(await droppingCollector(otelcol))
const { pid } = parts.use(
  await agentProcess('http://127.0.0.1:4317', ['--include', 'nic*', '--statistics', '.', '--sample-interval', '100ms']),
)
const rss: number[] = []
for (let i = 0; i < LOOKS; i++) {
  await wait((Number(seconds) * 1000) / LOOKS)
  rss.push(memory(pid).rss)
}
process.stdout.write(`${JSON.stringify(rss satisfies Soak)}\n`)
