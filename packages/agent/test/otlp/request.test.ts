import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { encodeRequest } from '../../src/otlp/request.ts'
import { decodeRequest, type DecodedPoint, metricsIn } from './decode.ts'
import { batchOf, NOON, points, request } from './metrics.ts'

const ETH0 = [{ key: 'network.interface.name', value: { stringValue: 'eth0' } }]

test('a counter is a monotonic sum and a gauge a gauge, with the table’s name, unit and description', () => {
  const counter = points('ena.allowance.exceeded', 7)
  const gauge = points('ena.conntrack.available', 5)
  expect(decodeRequest(request([counter, gauge]))).toEqual({
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
                  aggregationTemporality: 'CUMULATIVE',
                  isMonotonic: true,
                  dataPoints: [
                    {
                      attributes: ETH0,
                      startTimeUnixNano: `${NOON}000000`,
                      timeUnixNano: `${NOON + 1001}000000`,
                      asInt: '7',
                    },
                  ],
                },
              },
              {
                name: 'ena.conntrack.available',
                description: gauge.metric.description,
                unit: '{connection}',
                gauge: { dataPoints: [{ attributes: ETH0, timeUnixNano: `${NOON + 1001}000000`, asInt: '5' }] },
              },
            ],
          },
        ],
      },
    ],
  })
})

test('several batches become one request: the points of a metric together, in their order', () => {
  const batches = [
    batchOf([points('system.network.io', 1), points('ena.allowance.exceeded', 2)]),
    batchOf([points('ena.allowance.exceeded', 3, 4), points('system.network.io', 5)]),
    batchOf([points('ena.allowance.exceeded', 6)], 'ena-otel/agent'),
  ]
  const [{ scopeMetrics } = { scopeMetrics: [] }] = decodeRequest(
    encodeRequest({}, '1', batches, 'delta'),
  ).resourceMetrics
  const values = scopeMetrics.map(({ scope, metrics }) => [
    scope.name,
    metrics.map(({ name, sum }) => [name, sum?.aggregationTemporality, sum?.dataPoints.map(({ asInt }) => asInt)]),
  ])
  expect(values).toEqual([
    [
      'ena-otel',
      [
        ['system.network.io', 'DELTA', ['1', '5']],
        ['ena.allowance.exceeded', 'DELTA', ['2', '3', '4']],
      ],
    ],
    ['ena-otel/agent', [['ena.allowance.exceeded', 'DELTA', ['6']]]],
  ])
})

function sent(values: readonly number[]): readonly DecodedPoint[] {
  return metricsIn(request([points('system.network.io', ...values)])).flatMap(({ sum }) => sum?.dataPoints ?? [])
}

test.each<[values: readonly number[], type: 'asInt' | 'asDouble']>([
  [[0], 'asInt'],
  [[-1], 'asInt'],
  [[Number.MAX_SAFE_INTEGER], 'asInt'],
  [[2 ** 53], 'asDouble'],
  [[2 ** 64], 'asDouble'],
  [[0.5], 'asDouble'],
  // One metric has one type, or a store would see two.
  [[1, 2 ** 60, 3], 'asDouble'],
])('a metric of the values %j is of one type, and whole numbers are integers to 2^53', (values, type) => {
  expect(sent(values).map((point) => Number(point[type]))).toEqual(values)
})

test('every value arrives as it was', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const [point] = sent([value])
      expect(Number(point?.asInt ?? point?.asDouble)).toBe(Object.is(value, -0) ? 0 : value)
    }),
  )
})

// OTLP's times end in the year 2554.
test('every millisecond comes out as itself, in nanoseconds', () => {
  fc.assert(
    fc.property(fc.nat({ max: 18_446_744_073_709 }), (ms) => {
      const one = points('system.network.io', 1)
      const moved = { ...one, points: [{ ...one.points[0]!, startTime: ms, time: ms }] }
      const [point] = metricsIn(request([moved])).flatMap(({ sum }) => sum?.dataPoints ?? [])
      const nanoseconds = String(BigInt(ms) * 1_000_000n)
      expect([point?.startTimeUnixNano ?? '0', point?.timeUnixNano ?? '0']).toEqual([nanoseconds, nanoseconds])
    }),
  )
})

test('any text is an attribute, of any length', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', maxLength: 40_000 })),
      (attributes) => {
        const { attributes: read = [] } = decodeRequest(encodeRequest(attributes, '1', [], 'cumulative'))
          .resourceMetrics[0]!.resource
        expect(read.map(({ key, value }) => [key ?? '', value.stringValue ?? ''])).toEqual(Object.entries(attributes))
      },
    ),
    { numRuns: 200 },
  )
})
