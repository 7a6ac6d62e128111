import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { metricsSerializer } from '../../src/otlp/metrics-serializer.ts'
import type { OtlpPoint } from '../../../../test/harness/otlp-request.ts'
import { NOON } from '../export/metric-data.ts'
import { decodeRequest } from './decode.ts'
import { counter, gauge, resourceMetrics } from './metrics.ts'

function encode(data: ResourceMetrics): Buffer {
  return Buffer.from(metricsSerializer.serializeRequest(data)!)
}

test('a counter is a monotonic sum and a gauge a gauge, under their resource, scope and schemas', () => {
  const data = resourceMetrics(counter('a.count', 7), gauge('a.gauge', 5))
  const attributes = [{ key: 'network.interface.name', value: { stringValue: 'eth0' } }]
  const point = { attributes, startTimeUnixNano: `${NOON}000000`, timeUnixNano: `${NOON + 1001}000000` }
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, asInt: '7' }] }
  const gaugeOf = { dataPoints: [{ ...point, asDouble: 5 }] }
  const described = { description: 'A test.', unit: '1' }
  const scopeMetrics = [
    {
      scope: { name: 'ena-otel', version: '1.2.3' },
      schemaUrl: 'https://scope.test/1',
      metrics: [
        { name: 'a.count', ...described, sum },
        { name: 'a.gauge', ...described, gauge: gaugeOf },
      ],
    },
  ]
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'ena-otel' } }] }
  const want = { resourceMetrics: [{ resource, schemaUrl: 'https://resource.test/1', scopeMetrics }] }
  expect(decodeRequest(encode(data))).toEqual(want)
})

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const double = fc.double({ noNaN: true })
const attributeValue = fc.oneof(
  text,
  fc.boolean(),
  double,
  fc.integer(),
  fc.maxSafeInteger(),
  fc.array(text),
  fc.array(fc.boolean()),
  fc.array(fc.integer()),
  fc.array(double),
)
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(text, attributeValue, { noNullPrototype: true })
// OTLP's times end in the year 2554.
const time: fc.Arbitrary<HrTime> = fc.tuple(fc.nat({ max: 18_446_744_072 }), fc.nat({ max: 999_999_999 }))

function dataPoint(value: fc.Arbitrary<number>): fc.Arbitrary<DataPoint<number>> {
  return fc.record({ startTime: time, endTime: time, attributes, value })
}

const WITHIN_INT64 = 2 ** 63 - 1024
const int = fc.oneof(fc.maxSafeInteger(), fc.bigInt(-BigInt(WITHIN_INT64), BigInt(WITHIN_INT64)).map(Number))

const metric: fc.Arbitrary<MetricData> = fc
  .record({
    name: text,
    description: text,
    unit: text,
    isInt: fc.boolean(),
    kind: fc.constantFrom<'counter' | 'updowncounter' | 'gauge'>('counter', 'updowncounter', 'gauge'),
    aggregationTemporality: fc.constantFrom(AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE),
  })
  .chain(({ name, description, unit, isInt, kind, aggregationTemporality }) =>
    fc.array(dataPoint(isInt ? int : double), { maxLength: 5 }).map((dataPoints): MetricData => {
      const valueType = isInt ? ValueType.INT : ValueType.DOUBLE
      const base = { descriptor: { name, description, unit, valueType }, aggregationTemporality, dataPoints }
      if (kind === 'gauge') return { ...base, dataPointType: DataPointType.GAUGE }
      return { ...base, dataPointType: DataPointType.SUM, isMonotonic: kind === 'counter' }
    }),
  )

const anyResourceMetrics: fc.Arbitrary<ResourceMetrics> = fc
  .record({
    attributes,
    schemaUrl: text,
    scopes: fc.array(
      fc.record({
        scope: fc.record({ name: text, version: text, schemaUrl: text }, { requiredKeys: ['name'] }),
        metrics: fc.array(metric, { maxLength: 4 }),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ attributes: of, schemaUrl, scopes }) => ({
    resource: resourceFromAttributes(of, { schemaUrl }),
    scopeMetrics: scopes,
  }))

test('any metrics are the same message as OpenTelemetry’s serializer writes', () => {
  fc.assert(
    fc.property(anyResourceMetrics, (data) => {
      const theirs = Buffer.from(ProtobufMetricsSerializer.serializeRequest(data)!)
      expect(decodeRequest(encode(data))).toEqual(decodeRequest(theirs))
      expect(decodeRequest(encode(data)), 'from the cache').toEqual(decodeRequest(theirs))
    }),
    { numRuns: 300 },
  )
})

/** The points of one metric as a collector reads them. */
function sent(data: MetricData): readonly OtlpPoint[] {
  const { resourceMetrics: sentResources } = decodeRequest(encode(resourceMetrics(data)))
  const { sum, gauge: measure } = sentResources[0]!.scopeMetrics[0]!.metrics[0]!
  return (sum ?? measure)!.dataPoints
}

test('the values of an integer metric are integers, also beyond 2^53; beyond int64 they are clamped', () => {
  const data = counter('a', 0, -1, 2 ** 53, 2 ** 60, 2 ** 63, 2 ** 64, -(2 ** 63), -(2 ** 64))
  const [max, min] = [2n ** 63n - 1n, -(2n ** 63n)]
  const want = [0n, -1n, 2n ** 53n, 2n ** 60n, max, max, min, min]
  expect(sent(data).map(({ asInt }) => BigInt(asInt!))).toEqual(want)
})

test('every nanosecond is exact', () => {
  fc.assert(
    fc.property(time, (endTime) => {
      const data = gauge('a', 1)
      const [point] = sent({ ...data, dataPoints: [{ ...data.dataPoints[0]!, endTime }] } as MetricData)
      expect(point?.timeUnixNano).toBe(String(BigInt(endTime[0]) * 1_000_000_000n + BigInt(endTime[1])))
    }),
  )
})

test('attributes of any length arrive', () => {
  const long = { ['k'.repeat(300)]: 'v'.repeat(40_000) }
  const data = { ...resourceMetrics(), resource: resourceFromAttributes(long) }
  const [decoded] = decodeRequest(encode(data)).resourceMetrics
  expect(decoded?.resource.attributes).toEqual([{ key: 'k'.repeat(300), value: { stringValue: 'v'.repeat(40_000) } }])
})

test('a histogram is refused with its name', () => {
  const histogram = { ...counter('a.histogram'), dataPointType: DataPointType.HISTOGRAM } as MetricData
  expect(() => encode(resourceMetrics(histogram))).toThrow(
    new TypeError('a.histogram is a histogram: only sums and gauges can be exported'),
  )
})
