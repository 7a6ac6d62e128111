// The agent and an earlier build of it side by side, on the same NICs and in the same minutes, beside a bare Node process.
// Usage: node previous.ts OTELCOL BUNDLE WINDOWS, in a network namespace with nic0 and nic1. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { type Memory, cpuPerSecond, memory } from './process-usage.ts'
import { agentProcess, bareNode, droppingCollector } from './programs.ts'
import { traffic } from './traffic.ts'

type Who = 'agent' | 'previous' | 'node'

export interface Previous {
  /** Milliseconds of CPU a second, by window. */
  readonly cpu: Readonly<Record<Who, readonly number[]>>
  /** By window, at its end. */
  readonly memory: Readonly<Record<Who, readonly Memory[]>>
}

/** Four exports. */
const WINDOW_MS = 60_000
const WARM_UP_MS = 60_000
const PROBE_MS = 10_000

const [otelcol = '', bundle = '', windows = '5'] = process.argv.slice(2)

await using parts = new AsyncDisposableStack()
parts.use(await traffic(2))
parts.use(await droppingCollector(otelcol))
const agent = (port: number, earlier?: string): ReturnType<typeof agentProcess> => {
  const args = ['--include', 'nic*', '--statistics', '.', '--health-port', String(port)]
  return agentProcess('http://127.0.0.1:4317', args, {}, earlier)
}
const pids: Record<Who, number> = {
  agent: parts.use(await agent(8413)).pid,
  previous: parts.use(await agent(8414, bundle)).pid,
  node: parts.use(await bareNode()).pid,
}
const probing = setInterval(() => {
  for (const path of ['8413/livez', '8413/readyz', '8414/livez', '8414/readyz'])
    void fetch(`http://127.0.0.1:${path}`).then((response) => response.text())
}, PROBE_MS)
await wait(WARM_UP_MS)
const result = {
  cpu: { agent: [], previous: [], node: [] } as Record<Who, number[]>,
  memory: { agent: [], previous: [], node: [] } as Record<Who, Memory[]>,
}
for (let i = 0; i < Number(windows); i++) {
  const used = await cpuPerSecond(pids, 1, WINDOW_MS)
  for (const name of Object.keys(pids) as Who[]) {
    result.cpu[name].push(...used[name])
    result.memory[name].push(memory(pids[name]))
  }
}
clearInterval(probing)
process.stdout.write(`${JSON.stringify(result satisfies Previous)}\n`)
