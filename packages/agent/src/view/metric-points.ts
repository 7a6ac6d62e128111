// The metric data of OpenTelemetry's SDK for the views: times in milliseconds, attributes as text.
import type { HrTime } from '@opentelemetry/api'
import { DataPointType, type MetricData, type ScopeMetrics } from '@opentelemetry/sdk-metrics'

export type Attributes = Readonly<Record<string, string>>

export interface Point {
  readonly attributes: Attributes
  /** Milliseconds since the epoch. The start time of a gauge has no meaning. */
  readonly startTime: number
  readonly time: number
  readonly value: number
}

export interface MetricPoints {
  readonly metric: {
    readonly name: string
    readonly kind: 'counter' | 'updowncounter' | 'gauge'
    readonly unit: string
    /** The instrumentation scope, where it is another exporter's. */
    readonly scope?: string
  }
  readonly points: readonly Point[]
}

/** @throws TypeError for a histogram: no metric that is shown is one */
export function metricPoints(scopes: readonly ScopeMetrics[]): readonly MetricPoints[] {
  return scopes.flatMap(({ scope: { name }, metrics }) => {
    const scope = name.startsWith('@ena-otel/') ? {} : { scope: name }
    return metrics.map((data) => toMetricPoints(data, scope))
  })
}

function toMetricPoints(data: MetricData, scope: { readonly scope?: string }): MetricPoints {
  const { name, unit } = data.descriptor
  if (data.dataPointType !== DataPointType.SUM && data.dataPointType !== DataPointType.GAUGE)
    throw new TypeError(`${name}: a histogram can't be shown`)
  const kind = data.dataPointType === DataPointType.GAUGE ? 'gauge' : data.isMonotonic ? 'counter' : 'updowncounter'
  const points = data.dataPoints.map(({ attributes, startTime, endTime, value }) => ({
    attributes: attributes as Attributes,
    startTime: milliseconds(startTime),
    time: milliseconds(endTime),
    value,
  }))
  return { metric: { name, kind, unit, ...scope }, points }
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + Math.round(nanoseconds / 1e6)
}

/** The points of several collections, by metric, in order of time. */
export function joined(...collections: readonly (readonly MetricPoints[])[]): readonly MetricPoints[] {
  const byName = Map.groupBy(collections.flat(), ({ metric: { scope = '', name } }) => `${scope} ${name}`)
  return Array.from(byName.values(), (parts) => ({
    metric: parts[0]!.metric,
    points: parts.flatMap(({ points }) => points),
  }))
}
