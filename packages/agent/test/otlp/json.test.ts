import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { toOtlpJson } from '../../src/otlp/json.ts'
import type { MetricPoints } from '../../../metrics/src/points/points.ts'
import { NOON, points } from './metrics.ts'

function json(...metrics: readonly MetricPoints[]): string {
  return toOtlpJson({ 'service.name': 'ena-otel' }, '1.2.3', metrics, 'cumulative')
}

test('one export is one ExportMetricsServiceRequest: 64-bit integers are strings, times strings of nanoseconds', () => {
  const counter = points('ena.allowance.exceeded', 7, Number.MAX_SAFE_INTEGER)
  const gauge = points('ena.allowance.exceeded.peak', 0.5)
  const attributes = [{ key: 'network.interface.name', value: { stringValue: 'eth0' } }]
  expect(JSON.parse(json(counter, gauge))).toEqual({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'ena-otel' } }] },
        scopeMetrics: [
          {
            scope: { name: 'ena-otel', version: '1.2.3' },
            metrics: [
              {
                name: 'ena.allowance.exceeded',
                description: counter.metric.description,
                unit: '{packet}',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      attributes,
                      startTimeUnixNano: `${NOON}000000`,
                      timeUnixNano: `${NOON + 1001}000000`,
                      asInt: '7',
                    },
                    {
                      attributes,
                      startTimeUnixNano: `${NOON}000000`,
                      timeUnixNano: `${NOON + 2001}000000`,
                      asInt: '9007199254740991',
                    },
                  ],
                },
              },
              {
                name: 'ena.allowance.exceeded.peak',
                description: gauge.metric.description,
                unit: '{packet}/s',
                gauge: {
                  dataPoints: [
                    {
                      attributes,
                      timeUnixNano: `${NOON + 1001}000000`,
                      asDouble: 0.5,
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('any value is there in full: to 2^53 as a string of digits, beyond as a number', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (u64) => {
      const value = Number(u64)
      const [point] = JSON.parse(json(points('system.network.io', value))).resourceMetrics[0].scopeMetrics[0].metrics[0]
        .sum.dataPoints
      expect([point.asInt, point.asDouble]).toEqual(value < 2 ** 53 ? [`${value}`, undefined] : [undefined, value])
    }),
  )
})

test('the text is indented, for people and for diff', () => {
  expect(json(points('ena.allowance.exceeded', 7)).split('\n').slice(0, 3)).toEqual([
    '{',
    '  "resourceMetrics": [',
    '    {',
  ])
})
