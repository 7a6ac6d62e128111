// The whole agent on a node with so many interfaces.
// Usage: node growth.ts OTELCOL WINDOWS, in a network namespace with interfaces nic*. Prints JSON.
import { readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

import { agentProcess, droppingCollector } from './programs.ts'
import { type Memory, cpuPerSecond, memory } from './process-usage.ts'

export interface Growth {
  readonly nics: number
  /** Milliseconds of CPU a second, by window. */
  readonly cpu: readonly number[]
  readonly memory: Memory
}

/** One export. */
const WINDOW_MS = 15_000
const WARM_UP_MS = 45_000

const [otelcol = '', windows = '5'] = process.argv.slice(2)

await using parts = new AsyncDisposableStack()
parts.use(await droppingCollector(otelcol))
const { pid } = parts.use(await agentProcess('http://127.0.0.1:4317', ['--include', 'nic*', '--statistics', '.']))
await wait(WARM_UP_MS)
const { agent } = await cpuPerSecond({ agent: pid }, Number(windows), WINDOW_MS)
const result: Growth = {
  nics: readdirSync('/sys/class/net').filter((name) => name.startsWith('nic')).length,
  cpu: agent,
  memory: memory(pid),
}
process.stdout.write(`${JSON.stringify(result)}\n`)
