// The sink that pushes to a collector. Its failures are counted and logged once; the agent goes on sampling whatever happens here.
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AggregationTemporality } from '@opentelemetry/sdk-metrics'

import type { Agent } from './agent.ts'
import type { LoadedConfig } from './config/load.ts'
import type { Log } from './log.ts'
import { createExporter } from './otlp/exporter.ts'
import { failureReason } from './otlp/failure.ts'
import { toResourceMetrics } from './otlp/request.ts'
import { createOwnMetrics } from './own-metrics.ts'
import { createProblems } from './problems.ts'
import type { Sink } from './sink.ts'
import { VERSION } from './version.ts'

/** @throws Error with one line when there is no endpoint, or a certificate can't be read */
export function openPush({ config, origins }: LoadedConfig, agent: Agent, log: Log): Sink {
  const { counts } = agent
  const exporter = createExporter(config, origins.endpoint === 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT')
  const temporality = config.temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
  const own = createOwnMetrics(counts, () => agent.sweep.attachments().length, VERSION, temporality)
  const problems = createProblems(log)
  return {
    take: async (metrics) => {
      const resource = resourceFromAttributes(agent.attributes())
      const others = await own.collect()
      try {
        await exporter.export(toResourceMetrics(resource, VERSION, metrics, temporality, others))
      } catch (error) {
        counts.exportFailures++
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
