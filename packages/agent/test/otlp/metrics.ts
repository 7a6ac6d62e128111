// Metrics of the SDK to send.
import { ValueType } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { metricsSerializer } from '../../src/otlp/metrics-serializer.ts'

/** 2026-11-21T12:00:00Z */
export const NOON = 1_795_262_400_000

const ATTRIBUTES = { 'network.interface.name': 'eth0' }

function dataPoints(...values: readonly number[]): DataPoint<number>[] {
  return values.map((value, i) => ({
    attributes: ATTRIBUTES,
    startTime: [NOON / 1000, 0],
    endTime: [NOON / 1000 + i + 1, 1_000_001],
    value,
  }))
}

export function counter(name: string, ...values: readonly number[]): MetricData {
  return {
    descriptor: { name, description: 'What it counts.', unit: '{packet}', valueType: ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.SUM,
    isMonotonic: true,
    dataPoints: dataPoints(...values),
  }
}

export function gauge(name: string, ...values: readonly number[]): MetricData {
  return {
    descriptor: { name, description: 'What it measures.', unit: '1', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints: dataPoints(...values),
  }
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
