// The sink that pushes to a collector. Its failures are counted and logged once; the agent goes on sampling whatever happens here.
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AggregationTemporality } from '@opentelemetry/sdk-metrics'

import type { Agent } from './agent.ts'
import type { LoadedConfig } from './config/load.ts'
import type { Log } from './log.ts'
import { createExporter } from './otlp/exporter.ts'
import { failureReason } from './otlp/failure.ts'
import { toResourceMetrics } from './otlp/request.ts'
import { inOrder, type MetricPoints } from './metrics/points.ts'
import { createOwnMetrics } from './own-metrics.ts'
import { createProblems } from './problems.ts'
import type { Sink } from './sink.ts'
import { VERSION } from './version.ts'

/** Points of each metric that are kept for the next push: hours of a quiet node, some minutes of a busy one. */
const MOST_UNSENT = 5_000

/** @throws Error with one line when there is no endpoint, or a certificate can't be read */
export function openPush({ config, origins }: LoadedConfig, agent: Agent, log: Log): Sink {
  const { counts } = agent
  const exporter = createExporter(config, origins.endpoint === 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT')
  const temporality = config.temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
  const own = createOwnMetrics(counts, () => agent.sweep.attachments().length, VERSION, temporality)
  const problems = createProblems(log)
  const isDelta = temporality === AggregationTemporality.DELTA
  // A total makes up for one that got lost, a delta doesn't: it is sent again, before the next.
  let unsent: readonly MetricPoints[] = []
  return {
    take: async (metrics) => {
      const all = isDelta ? inOrder(unsent, metrics) : metrics
      try {
        const resource = resourceFromAttributes(agent.attributes())
        const partial = await exporter.export(
          toResourceMetrics(resource, VERSION, all, temporality, await own.collect()),
        )
        unsent = []
        // OTLP specification, "Partial Success": not to be sent again.
        counts.rejectedPoints += partial?.rejected ?? 0
        problems.report(
          `${exporter.target} refusals`,
          partial && `${partial.rejected} points were refused, and are not sent again: ${partial.message}`,
        )
      } catch (error) {
        counts.exportFailures++
        unsent = isDelta ? newest(all, MOST_UNSENT) : []
        problems.report(exporter.target, `takes no metrics: ${failureReason(error, config)}; sampling goes on`, error)
        return
      }
      if (counts.exports === 0) log.info({ target: exporter.target }, `${exporter.target}: takes our metrics`)
      counts.exports++
      problems.report(exporter.target, undefined)
    },
    close: async () => {
      await own.close()
      await exporter.close()
    },
  }
}

function newest(metrics: readonly MetricPoints[], most: number): readonly MetricPoints[] {
  return metrics.map(({ metric, points }) => ({ metric, points: points.slice(-most) }))
}
