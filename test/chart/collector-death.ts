// A cluster with many nodes: the chart's agents on all of them as the API server sees them, as many simulated agents that push through
// the Service to the chart's two collectors, and the death of one collector.
import { setTimeout as wait } from 'node:timers/promises'

import type { Answer } from '../amp/answer.ts'
import { cpuPerSecond, memory, peakRss } from '../bench/process-usage.ts'
import { kwokNodes } from '../cluster/kwok-nodes.ts'
import type { FleetReport } from '../e2e/outage/fleet-process.ts'
import { CHART } from './chart.ts'
import { type CollectorProcess, collectorProcesses, openConnections } from './collector-processes.ts'
import { type Bench, helmed, values } from './installation.ts'
import { runFleet } from './running-fleet.ts'

export interface CollectorDeathOptions {
  readonly nodes: number
  /** Points of each agent's export. */
  readonly counters: number
  readonly intervalMs: number
  /** The chart's value, in seconds. */
  readonly maxConnectionAge: number
  /** How long CPU is measured each time. */
  readonly windowMs: number
  /** Whether the agents' pods are also replaced, a few at a time. */
  readonly isUpgraded: boolean
}

export interface CollectorUsage {
  readonly pod: string
  readonly connections: number
  /** Milliseconds a second. */
  readonly cpu: number
  /** MB, now and at most since the start of its process. */
  readonly rss: number
  readonly peakRss: number
}

export interface CollectorDeath {
  readonly daemonSet: DaemonSetTimes
  /** Before the death. */
  readonly before: readonly CollectorUsage[]
  /** As soon as the dead collector and all agents are back. */
  readonly back: readonly CollectorUsage[]
  /** When each collector has at least a third of the connections again. */
  readonly rebalanced: readonly CollectorUsage[]
  /** Milliseconds from the death: until the collector was ready, no agent's points waited for more than 2 s, the connections were rebalanced. */
  readonly afterMs: { readonly collector: number; readonly agents: number; readonly rebalanced: number }
  /** Requests that failed after the death. */
  readonly failures: number
  readonly end: FleetReport
  /** In the workspace: the sum of the counters' last values, and all samples. */
  readonly stored: { readonly sum: number; readonly samples: number }
  /** The workspace's answers other than 200, after their status: how many there were, and the reason of the first. */
  readonly refusals: Readonly<Record<string, readonly [count: number, reason: string | undefined]>>
}

interface DaemonSetTimes {
  readonly desired: number
  readonly ready: number
  readonly installMs: number
  readonly upgradeMs: number | undefined
}

/** Of OTLP over gRPC: the chart's default. */
const PORT = 4317

/** Installs the chart, and removes it again. @throws Error when a point of the agents is not in the workspace at the end */
export async function collectorDeath(here: Bench, options: CollectorDeathOptions): Promise<CollectorDeath> {
  const { nodes, counters, intervalMs, maxConnectionAge, windowMs } = options
  const { cluster } = here
  const patienceMs = 120_000 + 2 * intervalMs
  const answered = here.workspace.answers().length
  const collectors = (): readonly CollectorProcess[] => collectorProcesses(cluster)
  await using parts = new AsyncDisposableStack()
  parts.use(await kwokNodes(cluster, nodes))
  const daemonSet = await installed(here, options)
  parts.defer(async () => {
    await helmed(here, ['uninstall', 'ena-otel', '--wait', '--timeout', '300s'])
  })
  const address = ['-n', 'ena-otel', 'get', 'service', 'ena-otel-collector', '-o', 'jsonpath={.spec.clusterIP}']
  const agents = parts.use(
    runFleet(cluster, 2, {
      size: nodes,
      counters,
      intervalMs,
      endpoint: `http://ena-otel-collector.ena-otel.svc:${PORT}`,
      collectorAddress: await cluster.kubectl(address),
    }),
  )
  const eachDelivered = (since: number): Promise<FleetReport> =>
    agents.reaches(({ late, exports }) => late === 0 && exports > since + 2 * nodes, AbortSignal.timeout(patienceMs))
  await eachDelivered(0)
  const before = await usage(collectors(), windowMs)

  const [victim] = collectors()
  const { exports, failures } = agents.report()!
  const death = performance.now()
  const since = (time = death): number => Math.max(0, time - death)
  process.kill(victim!.pid, 'SIGKILL')
  const [collector] = await Promise.all([backAgain(here, victim!).then(since), eachDelivered(exports)])
  const lastLate = since(agents.lastLateAt())
  const back = await usage(collectors(), windowMs)
  await balanced(collectors, 2_000 * maxConnectionAge)
  const afterMs = { collector, agents: lastLate, rebalanced: since(performance.now()) }
  const rebalanced = await usage(collectors(), windowMs)

  const end = await agents.finish()
  const selector = 'ena_allowance_exceeded_total{k8s_node_name=~"node-.+"}'
  const all = end.exports * counters
  const [sum] = await here.workspace.waitFor(`sum(${selector})`, ([found]) => found?.value === all, 30_000)
  const [samples] = await here.workspace.query(`sum(count_over_time(${selector}[2h]))`)
  const stored = { sum: sum!.value, samples: samples!.value }
  const refusals = refusalsOf(here.workspace.answers().slice(answered))
  return { daemonSet, before, back, rebalanced, afterMs, failures: end.failures - failures, end, stored, refusals }
}

function refusalsOf(answers: readonly Answer[]): CollectorDeath['refusals'] {
  const others = Map.groupBy(answers, ({ status }) => String(status))
  others.delete('200')
  return Object.fromEntries([...others].map(([status, all]) => [status, [all.length, all[0]?.reason]]))
}

async function installed(here: Bench, options: CollectorDeathOptions): Promise<DaemonSetTimes> {
  const given = values(here, 'fleet', { replicas: 2, maxConnectionAge: `${options.maxConnectionAge}s` })
  const upgraded = { ...given, agent: { ...given.agent, podAnnotations: { changed: 'yes' } } }
  const all = ['ena-otel', CHART, '--wait', '--timeout', '20m']
  const installMs = await timed(() => helmed(here, ['install', ...all], given))
  const upgradeMs = options.isUpgraded ? await timed(() => helmed(here, ['upgrade', ...all], upgraded)) : undefined
  const status = ['-n', 'ena-otel', 'get', 'daemonset', 'ena-otel-agent', '-o', 'jsonpath={.status}']
  const { desiredNumberScheduled: desired, numberReady: ready } = JSON.parse(await here.cluster.kubectl(status))
  return { desired, ready, installMs, upgradeMs }
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await act()
  return performance.now() - start
}

async function usage(processes: readonly CollectorProcess[], windowMs: number): Promise<readonly CollectorUsage[]> {
  const cpu = await cpuPerSecond(Object.fromEntries(processes.map(({ pod, pid }) => [pod, pid])), 1, windowMs)
  return processes.map((one) => ({
    pod: one.pod,
    connections: openConnections(one, PORT),
    cpu: cpu[one.pod]![0]!,
    rss: memory(one.pid).rss,
    peakRss: peakRss(one.pid),
  }))
}

/** Resolves when each has at least a third of the connections. Polls, because the kernel tells nobody of another network's connections. */
async function balanced(collectors: () => readonly CollectorProcess[], patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const each = collectors().map((one) => openConnections(one, PORT))
    if (Math.min(...each) * 3 >= each.reduce((sum, count) => sum + count, 0)) return
    if (performance.now() > deadline) throw new Error(`connections after ${patienceMs} ms: ${each.join(', ')}`)
    await wait(500)
  }
}

/** When its container runs again and is ready, on the clock of `performance`. */
async function backAgain({ cluster }: Bench, { pod }: CollectorProcess): Promise<number> {
  const restarted = 'jsonpath={.status.containerStatuses[0].restartCount}=1'
  for (const condition of [restarted, 'condition=Ready'])
    await cluster.kubectl(['-n', 'ena-otel', 'wait', `--for=${condition}`, `pod/${pod}`, '--timeout=120s'])
  return performance.now()
}
