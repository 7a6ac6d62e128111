import { expect, test } from 'vitest'

import { toOtlpJson } from '../../src/otlp/json-serializer.ts'
import { counter, gauge, NOON, resourceMetrics } from './metrics.ts'

test('a request is one line: 64-bit integers are strings, times strings of nanoseconds', () => {
  const text = toOtlpJson(resourceMetrics(counter('a.count', 7, 2 ** 53, 2 ** 64), gauge('a.gauge', 0.5)))
  const attributes = [{ key: 'network.interface.name', value: { stringValue: 'eth0' } }]
  const point = (second: number): object => ({
    attributes,
    startTimeUnixNano: `${NOON}000000`,
    timeUnixNano: `${NOON + second * 1000 + 1}000001`,
  })
  expect(text).not.toContain('\n')
  expect(JSON.parse(text)).toEqual({
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'ena-otel' } }] },
        schemaUrl: 'https://resource.test/1',
        scopeMetrics: [
          {
            scope: { name: 'ena-otel', version: '1.2.3' },
            schemaUrl: 'https://scope.test/1',
            metrics: [
              {
                name: 'a.count',
                description: 'What it counts.',
                unit: '{packet}',
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    { ...point(1), asInt: '7' },
                    { ...point(2), asInt: '9007199254740992' },
                    { ...point(3), asInt: '9223372036854775807' },
                  ],
                },
              },
              {
                name: 'a.gauge',
                description: 'What it measures.',
                unit: '1',
                gauge: { dataPoints: [{ ...point(1), asDouble: 0.5 }] },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('attributes of every type have their type', () => {
  const data = resourceMetrics(gauge('a', 1))
  const [point] = data.scopeMetrics[0]!.metrics[0]!.dataPoints
  Object.assign(point!, { attributes: { s: 'a', i: -3, d: 0.5, b: false, l: ['a', 'b'] } })
  expect(
    JSON.parse(toOtlpJson(data)).resourceMetrics[0].scopeMetrics[0].metrics[0].gauge.dataPoints[0].attributes,
  ).toEqual([
    { key: 's', value: { stringValue: 'a' } },
    { key: 'i', value: { intValue: '-3' } },
    { key: 'd', value: { doubleValue: 0.5 } },
    { key: 'b', value: { boolValue: false } },
    { key: 'l', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
  ])
})
