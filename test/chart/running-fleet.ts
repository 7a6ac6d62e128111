// Simulated agents in the network of a cluster, in processes of their own, and what they report together.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import type { Cluster } from '../cluster/cluster.ts'
import type { FleetProcessOptions, FleetReport } from '../e2e/outage/fleet-process.ts'

export interface RunningFleet extends AsyncDisposable {
  /** The newest reports, added up; undefined until each process has sent one. */
  readonly report: () => FleetReport | undefined
  /** Resolves when a report satisfies `isEnough`. @throws when a process ends before that, or what `signal` gives */
  readonly reaches: (isEnough: (report: FleetReport) => boolean, signal: AbortSignal) => Promise<FleetReport>
  /** When any agent was late for the last time, on the clock of `performance`. Undefined if none ever was. */
  readonly lastLateAt: () => number | undefined
  /** The agents make no more exports. Resolves with the last report, when all points are delivered. */
  readonly finish: () => Promise<FleetReport>
}

const PROGRAM = join(import.meta.dirname, '..', 'e2e', 'outage', 'fleet-process.ts')

/** @param processes among which the agents are divided */
export function runFleet(
  { command }: Pick<Cluster, 'command'>,
  processes: number,
  { size, ...common }: Omit<FleetProcessOptions, 'first'>,
): RunningFleet {
  const share = Math.ceil(size / processes)
  const news = new EventTarget()
  const reports: (FleetReport | undefined)[] = []
  let lastLateAt: number | undefined
  const children = Array.from({ length: processes }, (_, index) => {
    const first = index * share
    const options: FleetProcessOptions = { ...common, first, size: Math.min(share, size - first) }
    const [program = '', ...args] = command([process.execPath, PROGRAM, JSON.stringify(options)])
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    reports.push(undefined)
    child.on('message', (report) => {
      reports[index] = report as FleetReport
      if (reports[index].late > 0) lastLateAt = performance.now()
      news.dispatchEvent(new Event('report'))
    })
    return child
  })
  const ends = Promise.all(children.map((child) => once(child, 'exit')))
  const report = (): FleetReport | undefined => {
    const all = reports.filter((one) => one !== undefined)
    return all.length === processes ? all.reduce(added) : undefined
  }
  return {
    report,
    lastLateAt: () => lastLateAt,
    reaches: async (isEnough, signal) => {
      for (;;) {
        const now = report()
        if (now !== undefined && isEnough(now)) return now
        const isOver = await Promise.race([once(news, 'report', { signal }).then(() => false), ends.then(() => true)])
        if (isOver) throw new Error(`the agents ended: ${JSON.stringify(report())}`)
      }
    },
    finish: async () => {
      for (const child of children) child.send('stop')
      const statuses = (await ends).map(([status]) => status)
      const last = report()
      if (last === undefined || statuses.some((status) => status !== 0))
        throw new Error(`the processes of the agents ended with ${statuses.join(', ')}`)
      return last
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill()
      await ends
    },
  }
}

function added(a: FleetReport, b: FleetReport): FleetReport {
  const keys = Object.keys(a) as (keyof FleetReport)[]
  const sums = Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as FleetReport
  return { ...sums, oldestMs: Math.max(a.oldestMs, b.oldestMs) }
}
