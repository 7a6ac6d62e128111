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
  /** Each agent makes an export: its counters have risen by one. */
  readonly exportAll: () => void
  /** Requests that failed, and points that were refused for good, of all agents. */
  readonly failures: () => { readonly requests: number; readonly points: number }
  /** Points that were dropped from their outboxes. */
  readonly dropped: () => number
}

const METRIC = metricNamed('ena.allowance.exceeded')

/** @param counters of each agent */
export async function fleet(size: number, endpoint: string, counters = 1): Promise<Fleet> {
  const loaded = loadConfig({ endpoint }, {})
  const exporters: QueuedExporter[] = []
  for (let number = 0; number < size; number++) {
    const name = `node-${number}`
    const attributes = { 'service.name': 'ena-otel', 'service.instance.id': name, 'k8s.node.name': name }
    const resource = resourceFromAttributes(attributes)
    exporters.push(await openOtlpExporter(loaded, { resource: () => resource, now: Date.now, log: recordingLog() }))
  }
  const startTime = Date.now()
  const names = Array.from({ length: counters }, (_, number) => `eth${number}`)
  let value = 0
  const total = (of: (counts: ExportStatistics) => number): number =>
    exporters.reduce((sum, { statistics }) => sum + of(statistics()), 0)
  return {
    exportAll: () => {
      value++
      const time = Date.now()
      const points = names.map((name) => ({
        attributes: { 'network.interface.name': name, 'ena.allowance.name': 'linklocal' },
        startTime,
        time,
        value,
      }))
      const scopeMetrics = toScopeMetrics([{ metric: METRIC, points }], 'cumulative')
      for (const exporter of exporters) exporter.export({ resource: emptyResource(), scopeMetrics }, () => undefined)
    },
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
