// A process of simulated agents: each makes an export per interval, evenly spread, until the parent sends a message. Then the process
// ends, as soon as all points are delivered.
//
//   node fleet-process.ts OPTIONS      JSON of FleetProcessOptions; needs the channel of child_process
import { setTimeout as wait } from 'node:timers/promises'

import { fleet } from './fleet.ts'

export interface FleetProcessOptions {
  readonly size: number
  readonly first: number
  readonly counters: number
  readonly endpoint: string
  readonly collectorAddress: string
  readonly intervalMs: number
}

/** What the process reports ten times a second, of all its agents. */
export interface FleetReport {
  /** That they made. */
  readonly exports: number
  /** Agents whose oldest point has waited for more than two seconds. */
  readonly late: number
  readonly oldestMs: number
  /** Requests that failed. */
  readonly failures: number
  /** Points that are not accepted yet, that were, that were refused for good, and that were dropped. */
  readonly queued: number
  readonly accepted: number
  readonly refused: number
  readonly dropped: number
}

const LATE_MS = 2_000
const REPORT_MS = 100

const options: FleetProcessOptions = JSON.parse(process.argv[2] ?? '')
const { size, endpoint, intervalMs, ...settings } = options
const agents = await fleet(size, endpoint, settings)
let exports = 0
let isStopped = false
process.once('message', () => (isStopped = true))
process.once('disconnect', () => process.exit(1)) // the parent is gone

async function exporting(index: number): Promise<void> {
  for (let turn = index / size; ; turn++) {
    await wait(Math.max(0, start + turn * intervalMs - performance.now()))
    if (isStopped) return
    agents.exportOne(index)
    exports++
  }
}

function report(): FleetReport {
  const all = agents.statistics()
  const sum = (of: (one: (typeof all)[number]) => number): number => all.reduce((total, one) => total + of(one), 0)
  return {
    exports,
    late: all.filter(({ queue }) => queue.ageMs > LATE_MS).length,
    oldestMs: Math.max(...all.map(({ queue }) => queue.ageMs)),
    failures: sum((one) => one.exportFailures),
    queued: sum(({ queue }) => queue.points),
    accepted: sum((one) => one.exportedPoints),
    refused: sum((one) => one.rejectedPoints),
    dropped: agents.dropped(),
  }
}

const start = performance.now()
const reports = setInterval(() => process.send?.(report()), REPORT_MS)
await Promise.all(Array.from({ length: size }, (_, index) => exporting(index)))
while (report().queued > 0) await wait(REPORT_MS)
clearInterval(reports)
const last = report()
await agents[Symbol.asyncDispose]()
process.send?.(last, () => process.exit(0))
