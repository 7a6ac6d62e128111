// What a sweep costs, in a process of its own: CPU time by getrusage, so that other load on the machine counts little.
// Usage: node --expose-gc sweep.ts INCLUDE, in the network namespace whose interfaces match the glob INCLUDE. Prints JSON.
import { setTimeout as wait } from 'node:timers/promises'

import { trackedCounters } from '../../packages/metrics/src/sampling/attachments.ts'
import { createLog } from '../../packages/agent/src/log.ts'
import type { Coverage } from '../../packages/metrics/src/readers/block.ts'
import { realNode } from '../harness/real-node.ts'
import { median } from './median.ts'

const ROUNDS = 9
const SWEEPS = 500
const SECONDS = 10
const SOAK = 10_000

const [include = '*'] = process.argv.slice(2)
const log = createLog({ logLevel: 'warn', logFormat: 'auto' })
const node = realNode({ include: [include], statistics: '.' }, log)

const cpuMs = (since?: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

/** Milliseconds of CPU a sweep of this coverage, one after the other. */
function hot(coverage: Coverage): number {
  const start = process.cpuUsage()
  for (let i = 0; i < SWEEPS; i++) node.sweep.run(coverage)
  return cpuMs(start) / SWEEPS
}

/** Milliseconds of CPU of each sweep when there is one a second, as in production: caches and branch predictors are cold. Without an coverage: of nothing. */
async function cold(coverage?: Coverage): Promise<number[]> {
  const costs: number[] = []
  for (let i = 0; i < SECONDS; i++) {
    await wait(1000)
    const start = process.cpuUsage()
    if (coverage !== undefined) node.sweep.run(coverage)
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
    node.sweep.run(isExport ? 'all' : 'sampled')
    if (isExport) node.points('all')
  }
  return used() - before
}

node.sweep.run('all')
node.points('all')
hot('all')
hot('sampled')
const isCold = process.env['COLD'] === '1'
/** What the measuring costs by itself. */
const nothingMs = isCold ? median(await cold()) : 0
const result = {
  interfaces: node.sweep.attachments().length,
  counters: node.sweep.attachments().flatMap((attachment) => [...trackedCounters(attachment)]).length,
  hotMs: median(Array.from({ length: ROUNDS }, () => hot('sampled'))),
  hotAllMs: median(Array.from({ length: ROUNDS }, () => hot('all'))),
  coldMs: isCold ? median(await cold('sampled')) - nothingMs : undefined,
  coldAllMs: isCold ? median(await cold('all')) - nothingMs : undefined,
  growthBytes: process.env['SOAK'] === '1' ? growth() : undefined,
}
node[Symbol.dispose]()
process.stdout.write(`${JSON.stringify(result)}\n`)
