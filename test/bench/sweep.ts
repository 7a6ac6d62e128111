// What a sweep costs, in a process of its own: CPU time by getrusage, so that other load on the machine counts little.
// Usage: node --expose-gc sweep.ts INCLUDE, in the network namespace whose interfaces match the glob INCLUDE. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { openAgent } from '../../packages/agent/src/agent.ts'
import { trackedCounters } from '../../packages/metrics/src/sampling/attachments.ts'
import { createCollector } from '../../packages/metrics/src/points/collect.ts'
import { loadConfig } from '../../packages/agent/src/config/load.ts'
import { createLog } from '../../packages/agent/src/log.ts'
import type { Extent } from '../../packages/metrics/src/readers/block.ts'
import { median } from './median.ts'

const ROUNDS = 9
const SWEEPS = 500
const SECONDS = 10
const SOAK = 10_000

const [include = '*'] = process.argv.slice(2)
const loaded = loadConfig({ include: [include], statistics: '.', logLevel: 'warn' }, {})
const agent = openAgent(loaded, { AWS_EC2_METADATA_DISABLED: 'true' }, createLog(loaded.config))
const collector = createCollector(agent, loaded.config)

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** Milliseconds of CPU a sweep of this extent, one after the other. */
function hot(extent: Extent): number {
  const start = process.cpuUsage()
  for (let i = 0; i < SWEEPS; i++) agent.sweep.run(extent)
  return cpuMs(start) / SWEEPS
}

/** Milliseconds of CPU of each sweep when there is one a second, as in production: caches and branch predictors are cold. Without an extent: of nothing. */
async function cold(extent?: Extent): Promise<number[]> {
  const costs: number[] = []
  for (let i = 0; i < SECONDS; i++) {
    await wait(1000)
    const start = process.cpuUsage()
    if (extent !== undefined) agent.sweep.run(extent)
    costs.push(cpuMs(start))
  }
  return costs
}

/** Bytes of heap that 10,000 sweeps leave behind, exports in between. */
function growth(): number {
  const used = (): number => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = used()
  for (let i = 0; i < SOAK; i++) {
    const isExport = i % 15 === 0
    agent.sweep.run(isExport ? 'all' : 'sampled')
    if (isExport) collector.collect()
  }
  return used() - before
}

agent.sweep.run('all')
collector.collect()
hot('all')
hot('sampled')
const isCold = process.env['COLD'] === '1'
/** What the measuring costs by itself. */
const nothingMs = isCold ? median(await cold()) : 0
const result = {
  interfaces: agent.sweep.attachments().length,
  counters: agent.sweep.attachments().flatMap((attachment) => [...trackedCounters(attachment)]).length,
  hotMs: median(Array.from({ length: ROUNDS }, () => hot('sampled'))),
  hotAllMs: median(Array.from({ length: ROUNDS }, () => hot('all'))),
  coldMs: isCold ? median(await cold('sampled')) - nothingMs : undefined,
  coldAllMs: isCold ? median(await cold('all')) - nothingMs : undefined,
  growthBytes: process.env['SOAK'] === '1' ? growth() : undefined,
}
agent.close()
process.stdout.write(`${JSON.stringify(result)}\n`)
