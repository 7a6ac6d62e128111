// Metrics of the SDK to send.
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'

import { metricsSerializer } from '../../src/otlp/metrics-serializer.ts'
import { type Kind, metricData, NOON } from '../export/metric-data.ts'

/** One value a second. */
function metric(name: string, kind: Kind, values: readonly number[]): MetricData {
  const attributes = { 'network.interface.name': 'eth0' }
  const points = values.map((value, i) => ({ attributes, startTime: NOON, time: NOON + 1000 * (i + 1) + 1, value }))
  return metricData(name, points, kind)
}

export function counter(name: string, ...values: readonly number[]): MetricData {
  return metric(name, 'counter', values)
}

export function gauge(name: string, ...values: readonly number[]): MetricData {
  return metric(name, 'gauge', values)
}

export function resourceMetrics(...metrics: MetricData[]): ResourceMetrics {
  return {
    resource: resourceFromAttributes({ 'service.name': 'ena-otel' }, { schemaUrl: 'https://resource.test/1' }),
    scopeMetrics: [{ scope: { name: 'ena-otel', version: '1.2.3', schemaUrl: 'https://scope.test/1' }, metrics }],
  }
}

export function oneRequest(): Buffer {
  return Buffer.from(metricsSerializer.serializeRequest(resourceMetrics(counter('ena.allowance.exceeded', 7)))!)
}
