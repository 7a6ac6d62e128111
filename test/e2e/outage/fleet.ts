// Many agents in one process: each with its own outbox, sender and connection to a real collector. What they read is made up; what
// they do with it is theirs.
import { emptyResource, resourceFromAttributes } from '@opentelemetry/resources'

import { loadConfig } from '../../../packages/agent/src/config/load.ts'
import { openOtlpExporter } from '../../../packages/agent/src/export/otlp-exporter.ts'
import type { ExportStatistics } from '../../../packages/agent/src/export/own-metrics.ts'
import type { QueuedExporter } from '../../../packages/agent/src/export/queued-exporter.ts'
import { toScopeMetrics } from '../../../packages/metrics/src/points/metric-data.ts'
import { metricNamed } from '../../../packages/metrics/src/table.ts'
import { recordingLog } from '../../harness/recording-log.ts'

export interface Fleet extends AsyncDisposable {
  /** An agent makes an export: its counters have risen by one. */
  readonly exportOne: (index: number) => void
  /** Each agent does. */
  readonly exportAll: () => void
  /** Of each agent. */
  readonly statistics: () => readonly ExportStatistics[]
  /** Requests that failed, and points that were refused for good, of all agents. */
  readonly failures: () => { readonly requests: number; readonly points: number }
  /** Points that were dropped from their outboxes. */
  readonly dropped: () => number
}

const METRIC = metricNamed('ena.allowance.exceeded')

export interface FleetOptions {
  /** Of each agent; 1 by default. */
  readonly counters?: number
  /** The agents are on the nodes `node-FIRST`, `node-FIRST+1`, …; from `node-0` by default. */
  readonly first?: number
  /** Of the endpoint's host, which is not looked up then. */
  readonly collectorAddress?: string
}

/** @param endpoint of the collector */
export async function fleet(
  size: number,
  endpoint: string,
  { counters = 1, first = 0, ...settings }: FleetOptions = {},
): Promise<Fleet> {
  const loaded = loadConfig({ endpoint, ...settings }, {})
  const exporters: QueuedExporter[] = []
  for (let number = first; number < first + size; number++) {
    const name = `node-${number}`
    const attributes = { 'service.name': 'ena-otel', 'service.instance.id': name, 'k8s.node.name': name }
    const resource = resourceFromAttributes(attributes)
    exporters.push(await openOtlpExporter(loaded, { resource: () => resource, now: Date.now, log: recordingLog() }))
  }
  const startTime = Date.now()
  const names = Array.from({ length: counters }, (_, number) => `eth${number}`)
  const values = exporters.map(() => 0)
  const statistics = (): readonly ExportStatistics[] => exporters.map((exporter) => exporter.statistics())
  const total = (of: (counts: ExportStatistics) => number): number =>
    statistics().reduce((sum, counts) => sum + of(counts), 0)
  const exportOne = (index: number): void => {
    const value = ++values[index]!
    const time = Date.now()
    const points = names.map((name) => ({
      attributes: { 'network.interface.name': name, 'ena.allowance.name': 'linklocal' },
      startTime,
      time,
      value,
    }))
    const scopeMetrics = toScopeMetrics([{ metric: METRIC, points }], 'cumulative')
    exporters[index]!.export({ resource: emptyResource(), scopeMetrics }, () => undefined)
  }
  return {
    exportOne,
    exportAll: () => {
      for (const index of exporters.keys()) exportOne(index)
    },
    statistics,
    failures: () => ({
      requests: total(({ exportFailures }) => exportFailures),
      points: total(({ rejectedPoints }) => rejectedPoints),
    }),
    dropped: () => total(({ droppedPoints }) => droppedPoints.age + droppedPoints.size),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(exporters.map((exporter) => exporter.shutdown()))
    },
  }
}
