// The metrics of the streams: each metric of each scope is one object, which requests and encoders can group by.
import type { InstrumentationScope } from '@opentelemetry/core'
import { AggregationTemporality, DataPointType, type MetricDescriptor } from '@opentelemetry/sdk-metrics'

import { METRICS } from '@ena-otel/metrics'
import { EXPORTED } from './own-metrics.ts'
import type { SumOrGauge } from '../otlp/metrics-serializer.ts'

export interface StreamMetric {
  /** Distinguishes metrics in keys. */
  readonly id: number
  readonly scope: InstrumentationScope
  /** Without its data points. */
  readonly data: SumOrGauge
  readonly merging: Merging
  readonly rank: Rank
  /** About the agent itself: sent once a heartbeat interval, whether or not it changed. */
  readonly isOwn: boolean
  /** Its streams begin with the first value other than 0: until then, they have nothing to say. */
  readonly beginsWithRise: boolean
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

/** Another exporter's scope may have metrics with the names of ours. */
function isOurs({ name }: InstrumentationScope): boolean {
  return name.startsWith('@ena-otel/')
}

/** `ena_otel.` and `otel.sdk.` are about the exporting program itself. */
function isOwn(name: string, scope: InstrumentationScope): boolean {
  return isOurs(scope) && /^(ena_otel|otel\.sdk)\./.test(name)
}

function rankOf(name: string, scope: InstrumentationScope): Rank {
  if (!isOurs(scope)) return 2
  if (name === 'ena.network.statistic') return 1
  return NATIVE.has(name) || isOwn(name, scope) ? 0 : 2
}

/**
 * The kernel's statistics without a name of their own, ENA Express where it is off, and the agent's counts of faults; not of refused points,
 * whose 0 has to arrive first (`ExportCounts.shownRejectedPoints`).
 */
function beginsWithRise({ descriptor: { name }, ...data }: SumOrGauge, scope: InstrumentationScope): boolean {
  if (isOwn(name, scope)) return data.dataPointType === DataPointType.SUM && data.isMonotonic && name !== EXPORTED
  return isOurs(scope) && (name === 'ena.network.statistic' || name.startsWith('ena.srd.'))
}

/** A function that returns the same object for the same metric of the same scope. */
export function createStreamMetrics(): (scope: InstrumentationScope, data: SumOrGauge) => StreamMetric {
  const known = new Map<string, StreamMetric>()
  const scopes = new Map<string, InstrumentationScope>()
  /** The SDK and our producer use the same descriptor object for a metric each time. */
  const byDescriptor = new WeakMap<MetricDescriptor, StreamMetric>()

  const find = (scope: InstrumentationScope, withPoints: SumOrGauge): StreamMetric => {
    const data = { ...withPoints, dataPoints: [] }
    const scopeKey = JSON.stringify(scope)
    const key = scopeKey + JSON.stringify(data)
    const there = known.get(key)
    if (there) return there
    const knownScope = scopes.get(scopeKey) ?? scope
    scopes.set(scopeKey, knownScope)
    const { name } = data.descriptor
    const metric = {
      id: known.size,
      scope: knownScope,
      data,
      merging: mergingOf(data),
      rank: rankOf(name, scope),
      isOwn: isOwn(name, scope),
      beginsWithRise: beginsWithRise(data, scope),
    }
    known.set(key, metric)
    return metric
  }

  return (scope, data) => {
    const before = byDescriptor.get(data.descriptor)
    if (before && before.scope === scope && before.data.aggregationTemporality === data.aggregationTemporality)
      return before
    const metric = find(scope, data)
    byDescriptor.set(data.descriptor, metric)
    return metric
  }
}

function mergingOf(data: SumOrGauge): Merging {
  if (data.dataPointType === DataPointType.GAUGE) return 'keep last'
  if (data.aggregationTemporality === AggregationTemporality.DELTA) return 'add'
  return data.isMonotonic ? 'keep resets' : 'keep last'
}
