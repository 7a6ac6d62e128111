// Where the agent's CPU time goes: agents side by side, each with another part of the work taken away.
// Usage: node profile.ts OTELCOL WINDOWS, in a network namespace with nic0 and nic1. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { agentProcess, bareNode, droppingCollector } from './programs.ts'
import { cpuPerSecond } from './process-usage.ts'
import { traffic } from './traffic.ts'

const AGENTS = {
  'the agent': ['--health-port', '8413'],
  'without health checks': [],
  '… and with an export an hour': ['--export-interval', '1h'],
  '… and with a sample an export': ['--sample-interval', '15s'],
  '… and with neither': ['--sample-interval', '60s', '--export-interval', '1h'],
} as const

/** Milliseconds of CPU a second, by window. */
export type Profile = Readonly<Record<keyof typeof AGENTS | 'bare node that wakes each second', readonly number[]>>

/** One export. */
const WINDOW_MS = 15_000
const WARM_UP_MS = 45_000
const PROBE_MS = 10_000

const [otelcol = '', windows = '5'] = process.argv.slice(2)

await using parts = new AsyncDisposableStack()
parts.use(await traffic(2))
parts.use(await droppingCollector(otelcol))
const bare = parts.use(await bareNode())
const pids: Record<string, number> = { 'bare node that wakes each second': bare.pid }
for (const [name, args] of Object.entries<readonly string[]>(AGENTS)) {
  const health = args.includes('--health-port') ? [] : ['--health-port', 'off']
  const common = ['--include', 'nic*', '--statistics', '.', ...health]
  pids[name] = parts.use(await agentProcess('http://127.0.0.1:4317', [...common, ...args])).pid
}
const probing = setInterval(() => {
  for (const path of ['livez', 'readyz'])
    void fetch(`http://127.0.0.1:8413/${path}`).then((response) => response.text())
}, PROBE_MS)
await wait(WARM_UP_MS)
const result = await cpuPerSecond(pids, Number(windows), WINDOW_MS)
clearInterval(probing)
process.stdout.write(`${JSON.stringify(result)}\n`)
