// Metric data to queue, written short.
import { type Attributes, ValueType } from '@opentelemetry/api'
import { millisToHrTime } from '@opentelemetry/core'
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'

import { METRICS } from '../../../metrics/src/table.ts'
import { createStreamMetrics, type StreamMetric } from '../../src/export/stream-metric.ts'
import { newStream, type Stream } from '../../src/export/streams.ts'
import type { SumOrGauge } from '../../src/otlp/metrics-serializer.ts'

/** 2026-11-21T12:00:00Z */
export const NOON = 1_795_262_400_000
export const SCOPE = { name: '@ena-otel/metrics', version: '1.2.3' }
export const DROPS = 'ena.allowance.exceeded'

/** Milliseconds since the epoch. */
export interface Point {
  readonly attributes: Attributes
  readonly startTime: number
  readonly time: number
  readonly value: number
}

export type Kind = 'counter' | 'delta' | 'updowncounter' | 'gauge'

/** Of the kind that the table says. */
export function metricData(
  name: string,
  points: readonly Point[],
  kind: Kind = METRICS.find((row) => row.name === name)?.kind ?? 'gauge',
): SumOrGauge {
  const data = {
    descriptor: {
      name,
      unit: '1',
      description: 'A test.',
      valueType: kind === 'gauge' ? ValueType.DOUBLE : ValueType.INT,
    },
    aggregationTemporality: kind === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    dataPoints: points.map(({ attributes, startTime, time, value }) => ({
      attributes,
      startTime: millisToHrTime(startTime),
      endTime: millisToHrTime(time),
      value,
    })),
  }
  return kind === 'gauge'
    ? { ...data, dataPointType: DataPointType.GAUGE }
    : { ...data, dataPointType: DataPointType.SUM, isMonotonic: kind !== 'updowncounter' }
}

export function resourceMetrics(...metrics: readonly MetricData[]): ResourceMetrics {
  return { resource: emptyResource(), scopeMetrics: [{ scope: SCOPE, metrics: [...metrics] }] }
}

const metricOf = createStreamMetrics()

export function metric(name: string, kind?: Kind): StreamMetric {
  return metricOf(SCOPE, metricData(name, [], kind))
}

export function stream(name: string, kind?: Kind): Stream {
  return newStream(metric(name, kind), {}, 0)
}
