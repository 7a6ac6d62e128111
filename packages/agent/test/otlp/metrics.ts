// An export to send: one counter, one gauge.
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics'

import type { MetricPoints } from '../../src/metrics/points.ts'
import { METRICS } from '../../src/metrics/table.ts'
import { toResourceMetrics } from '../../src/otlp/request.ts'

/** 2026-11-21T12:00:00Z */
export const NOON = 1_795_262_400_000

export function points(name: string, ...values: readonly number[]): MetricPoints {
  return {
    metric: METRICS.find((row) => row.name === name)!,
    points: values.map((value, i) => ({
      attributes: { 'network.interface.name': 'eth0' },
      startTime: NOON,
      time: NOON + (i + 1) * 1000 + 1,
      value,
    })),
  }
}

export function oneExport(...metrics: readonly MetricPoints[]): ResourceMetrics {
  const sent = metrics.length > 0 ? metrics : [points('ena.allowance.exceeded', 7)]
  return toResourceMetrics(
    resourceFromAttributes({ 'service.name': 'ena-otel' }),
    '1.2.3',
    sent,
    AggregationTemporality.CUMULATIVE,
  )
}
