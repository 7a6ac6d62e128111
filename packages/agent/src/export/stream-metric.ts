// The metrics of the streams: each metric of each scope is one object, which requests and encoders can group by.
import type { InstrumentationScope } from '@opentelemetry/core'
import {
  AggregationTemporality,
  DataPointType,
  type GaugeMetricData,
  type MetricDescriptor,
  type SumMetricData,
} from '@opentelemetry/sdk-metrics'

import { METRICS } from '@ena-otel/metrics/src/table.ts'

/** Metric data that can be queued. Histograms can't. */
export type QueueableMetricData = SumMetricData | GaugeMetricData

export interface StreamMetric {
  /** Distinguishes metrics in keys. */
  readonly id: number
  readonly scope: InstrumentationScope
  readonly descriptor: MetricDescriptor
  readonly dataPointType: DataPointType.SUM | DataPointType.GAUGE
  readonly temporality: AggregationTemporality
  readonly isMonotonic: boolean
  readonly merging: Merging
  readonly rank: Rank
}

/** What becomes of several points of one stream when batches are merged. */
export type Merging =
  /** Cumulative, monotonic sums: the last point, and the points around resets. */
  | 'keep resets'
  /** Deltas: their sum. */
  | 'add'
  /** Gauges, and cumulative sums that are not monotonic: the last point. */
  | 'keep last'

/**
 * Which streams make room for others. 0 stays. 1, the kernel's statistics without a name of their own, makes room for 0. 2, driver
 * statistics and compatibility names, which are optional, makes room for both.
 */
export type Rank = 0 | 1 | 2

const NATIVE: ReadonlySet<string> = new Set(
  METRICS.map(({ name }) => name).filter((name) => !name.startsWith('ethtool.statistic')),
)

/** The rank of a metric. Another exporter's scope may have metrics with the names of ours. */
export function rankOf(name: string, scope: InstrumentationScope): Rank {
  if (!scope.name.startsWith('@ena-otel/')) return 2
  if (name === 'ena.network.statistic') return 1
  return NATIVE.has(name) || isOwn(name) ? 0 : 2
}

/** True for metrics about the exporting program itself. */
export function isOwn(name: string): boolean {
  return name.startsWith('ena_otel.') || name.startsWith('otel.sdk.')
}

/** A function that returns the same object for the same metric of the same scope. The first descriptor is kept. */
export function createStreamMetrics(): (scope: InstrumentationScope, data: QueueableMetricData) => StreamMetric {
  const known = new Map<string, StreamMetric>()
  const scopes = new Map<string, InstrumentationScope>()

  return (scope, data) => {
    const { descriptor, dataPointType, aggregationTemporality: temporality } = data
    const scopeKey = JSON.stringify([scope.name, scope.version, scope.schemaUrl])
    const isMonotonic = data.dataPointType === DataPointType.SUM && data.isMonotonic
    const { name, unit, valueType } = descriptor
    const key = JSON.stringify([scopeKey, name, unit, valueType, dataPointType, temporality, isMonotonic])
    const there = known.get(key)
    if (there) return there
    const knownScope = scopes.get(scopeKey) ?? scope
    scopes.set(scopeKey, knownScope)
    const metric: StreamMetric = {
      id: known.size,
      scope: knownScope,
      descriptor,
      dataPointType,
      temporality,
      isMonotonic,
      merging: mergingOf(data),
      rank: rankOf(name, scope),
    }
    known.set(key, metric)
    return metric
  }
}

function mergingOf(data: QueueableMetricData): Merging {
  if (data.dataPointType === DataPointType.GAUGE) return 'keep last'
  if (data.aggregationTemporality === AggregationTemporality.DELTA) return 'add'
  return data.isMonotonic ? 'keep resets' : 'keep last'
}
