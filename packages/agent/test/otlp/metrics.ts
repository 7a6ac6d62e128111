// An export to send: one counter, one gauge.
import type { MetricPoints } from '../../../metrics/src/points/points.ts'
import { METRICS } from '../../../metrics/src/table.ts'
import { encodeRequest, type Temporality } from '../../src/otlp/request.ts'
import { type Batch, createBatch } from '../../src/export/batch.ts'
import { createStreams, type Scope } from '../../src/export/streams.ts'

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

export function batchOf(metrics: readonly MetricPoints[], scope: Scope = 'ena-otel'): Batch {
  const streams = createStreams(1_000)
  return createBatch(
    metrics.flatMap(({ metric, points: all }) =>
      all.map(({ attributes, ...point }) => ({
        ...point,
        begins: false,
        stream: streams.find(scope, metric, attributes, NOON)!,
      })),
    ),
  )
}

export function request(metrics: readonly MetricPoints[], temporality: Temporality = 'cumulative'): Buffer {
  return encodeRequest({ 'service.name': 'ena-otel' }, '1.2.3', [batchOf(metrics)], temporality)
}

export function oneRequest(): Buffer {
  return request([points('ena.allowance.exceeded', 7)])
}
