import { ValueType } from '@opentelemetry/api'
import { emptyResource } from '@opentelemetry/resources'
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { toResourceMetrics } from '../../src/otlp/request.ts'
import { NOON, oneExport, points } from './metrics.ts'

test('a counter is a monotonic sum and a gauge a gauge, with the table’s name, unit and description', () => {
  const counter = points('ena.allowance.exceeded', 7)
  const gauge = points('ena.conntrack.available', 5)
  expect(oneExport(counter, gauge).scopeMetrics).toEqual([
    {
      scope: { name: 'ena-otel', version: '1.2.3' },
      metrics: [
        {
          descriptor: {
            name: 'ena.allowance.exceeded',
            description: counter.metric.description,
            unit: '{packet}',
            valueType: ValueType.INT,
          },
          dataPointType: DataPointType.SUM,
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          isMonotonic: true,
          dataPoints: [
            {
              attributes: { 'network.interface.name': 'eth0' },
              startTime: [NOON / 1000, 0],
              endTime: [NOON / 1000 + 1, 1_000_000],
              value: 7,
            },
          ],
        },
        {
          descriptor: {
            name: 'ena.conntrack.available',
            description: gauge.metric.description,
            unit: '{connection}',
            valueType: ValueType.INT,
          },
          dataPointType: DataPointType.GAUGE,
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPoints: [
            {
              attributes: { 'network.interface.name': 'eth0' },
              startTime: [NOON / 1000, 0],
              endTime: [NOON / 1000 + 1, 1_000_000],
              value: 5,
            },
          ],
        },
      ],
    },
  ])
})

test('what else is to go with them keeps its own scope, behind ours', () => {
  const others = [{ scope: { name: 'ena-otel/agent' }, metrics: [] }]
  const { scopeMetrics } = toResourceMetrics(emptyResource(), '1', [], AggregationTemporality.DELTA, others)
  expect(scopeMetrics).toEqual([{ scope: { name: 'ena-otel', version: '1' }, metrics: [] }, ...others])
})

test.each<[values: readonly number[], type: ValueType]>([
  [[0], ValueType.INT],
  [[Number.MAX_SAFE_INTEGER], ValueType.INT],
  [[2 ** 53], ValueType.DOUBLE],
  [[2 ** 64], ValueType.DOUBLE],
  [[0.5], ValueType.DOUBLE],
  // One metric has one type, or a store would see two.
  [[1, 2 ** 60, 3], ValueType.DOUBLE],
])('a metric of the values %j is of one type, and whole numbers are integers to 2^53', (values, type) => {
  const [scope] = oneExport(points('system.network.io', ...values)).scopeMetrics
  expect(scope?.metrics.map(({ descriptor }) => descriptor.valueType)).toEqual([type])
})

test('every millisecond comes out as itself, with nanoseconds below a second', () => {
  fc.assert(
    fc.property(fc.nat({ max: 8_640_000_000_000_000 }), (ms) => {
      const one = points('system.network.io', 1)
      const moved = { ...one, points: [{ ...one.points[0]!, startTime: ms, time: ms }] }
      const [seconds, nanoseconds] = oneExport(moved).scopeMetrics[0]!.metrics[0]!.dataPoints[0]!.endTime
      expect(nanoseconds >= 0 && nanoseconds < 1e9).toBe(true)
      expect(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)).toBe(BigInt(ms) * 1_000_000n)
    }),
  )
})
