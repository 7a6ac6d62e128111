// Many agents in one process: each with its own outbox, sender and connection to a real collector. What they read is made up; what
// they do with it is theirs.
import { loadConfig } from '../../packages/agent/src/config/load.ts'
import { type Counts, createCounts } from '../../packages/metrics/src/sampling/counts.ts'
import type { Log } from '../../packages/metrics/src/log.ts'
import type { MetricPoints } from '../../packages/metrics/src/points/points.ts'
import { METRICS } from '../../packages/metrics/src/table.ts'
import { openPush } from '../../packages/agent/src/export/push.ts'
import type { Sweep } from '../../packages/metrics/src/sampling/sweep.ts'
import type { Sink } from '../../packages/agent/src/export/sink.ts'

export interface Fleet extends AsyncDisposable {
  /** Each agent makes an export: its counters have risen by one. */
  readonly exportAll: () => void
  /** Requests that failed, and points that were refused for good, of all agents. */
  readonly failures: () => { readonly requests: number; readonly points: number }
  /** Points that were dropped from their outboxes. */
  readonly dropped: () => number
}

const METRIC = METRICS.find(({ name }) => name === 'ena.allowance.exceeded')!
const quiet = (): void => undefined
const LOG: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet }

/** @param counters of each agent */
export async function fleet(size: number, endpoint: string, counters = 1): Promise<Fleet> {
  const loaded = loadConfig({ endpoint }, {})
  const agents: { readonly counts: Counts; readonly sink: Sink }[] = []
  for (let number = 0; number < size; number++) {
    const name = `node-${number}`
    const counts = createCounts()
    const source = {
      counts,
      attributes: () => ({ 'service.name': 'ena-otel', 'service.instance.id': name, 'k8s.node.name': name }),
      sweep: { attachments: () => [] } as unknown as Sweep,
    }
    agents.push({ counts, sink: await openPush(loaded, source, LOG) })
  }
  const startTime = Date.now()
  const names = Array.from({ length: counters }, (_, number) => `eth${number}`)
  let value = 0
  return {
    exportAll: () => {
      value++
      const time = Date.now()
      for (const { sink } of agents) {
        const points = names.map((name) => ({
          attributes: { 'network.interface.name': name, 'ena.allowance.name': 'linklocal' },
          startTime,
          time,
          value,
        }))
        const metrics: readonly MetricPoints[] = [{ metric: METRIC, points }]
        void sink.take(metrics)
      }
    },
    failures: () => ({
      requests: agents.reduce((sum, { counts }) => sum + counts.exportFailures, 0),
      points: agents.reduce((sum, { counts }) => sum + counts.rejectedPoints, 0),
    }),
    dropped: () =>
      agents.reduce((sum, { counts }) => sum + Object.values(counts.droppedPoints).reduce((a, b) => a + b, 0), 0),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(agents.map(({ sink }) => sink.close()))
    },
  }
}
