import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type CollectionResult,
  type DataPoint,
  MeterProvider,
  type MetricData,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, onTestFinished, test } from 'vitest'

import { createEnaMetricProducer, type EnaMetricProducer, type EnaMetricProducerOptions } from '../src/producer.ts'
import { createImds } from '../src/resource/imds.ts'
import { type Machine, machine } from './interfaces/machine.ts'

let ms = 1_800_000_000_000
const clock = { now: () => ms, steady: () => ms, boottime: () => ms }
const quiet = (): void => undefined
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
const imds = createImds({ endpoint: undefined, log })

/** A producer over a folder that stands for sysfs. It samples when the test says so. */
function producerOf({ sysfs }: Machine, options: EnaMetricProducerOptions = {}): EnaMetricProducer {
  const include = ['nic*']
  const producer = createEnaMetricProducer({ include, sysfs, imds, log, clock, sampleInterval: Infinity, ...options })
  onTestFinished(() => producer[Symbol.dispose]())
  return producer
}

function oneNic(): Machine {
  const statistics = { rx_bytes: 1_000, rx_packets: 10, tx_bytes: 0, tx_packets: 0, rx_dropped: 5, rx_crc_errors: 0 }
  return machine({ name: 'nic0', index: 7, mac: '02:00:00:00:00:07', statistics })
}

function metric({ resourceMetrics }: CollectionResult, name: string): MetricData | undefined {
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .find(({ descriptor }) => descriptor.name === name)
}

function points(result: CollectionResult, name: string): readonly DataPoint<number>[] {
  const found = (metric(result, name)?.dataPoints ?? []) as readonly DataPoint<number>[]
  return found.filter(({ attributes }) => attributes['network.io.direction'] === 'receive')
}

test('returns every change since the last collection, each at its own time and with the start of its series', async () => {
  const node = oneNic()
  const producer = producerOf(node)
  await producer.collect()
  for (const dropped of [6, 6, 9]) {
    ms += 1000
    node.write('nic0', 'statistics/rx_dropped', dropped)
    producer.sample()
  }
  ms += 1000
  const dropped = points(await producer.collect(), 'system.network.packet.dropped')
  expect(dropped.map(({ value, endTime: [seconds] }) => [value, seconds - ms / 1000])).toEqual([
    [6, -3],
    [6, -2],
    [9, -1],
    [9, 0],
  ])
  const starts = new Set(dropped.map(({ startTime }) => startTime.join('.')))
  expect(starts.size).toBe(1)
  expect(dropped[0]!.startTime[0]).toBeLessThan(dropped[0]!.endTime[0])
})

test('describes each metric with its type, its unit and the type of its numbers', async () => {
  const result = await producerOf(oneNic()).collect()
  expect(metric(result, 'system.network.io')).toMatchObject({
    descriptor: { unit: 'By', valueType: ValueType.INT },
    isMonotonic: true,
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  })
  expect(result.resourceMetrics.scopeMetrics.map(({ scope }) => scope.name)).toEqual(['@ena-otel/metrics'])
  expect(result.errors).toEqual([])
})

test('returns deltas that add up to what was counted since it was created', async () => {
  const node = oneNic()
  const producer = producerOf(node, { temporality: 'delta' })
  let sum = 0
  for (const dropped of [5, 7, 7, 30]) {
    ms += 15_000
    node.write('nic0', 'statistics/rx_dropped', dropped)
    const result = await producer.collect()
    for (const { value } of points(result, 'system.network.packet.dropped')) sum += value
    const data = metric(result, 'system.network.packet.dropped')
    if (data) expect(data.aggregationTemporality).toBe(AggregationTemporality.DELTA)
  }
  expect(sum).toBe(25)
})

test('with points: last, returns one point of every series at each collection, also of one that was not read', async () => {
  const node = oneNic()
  const producer = producerOf(node, { points: 'last' })
  ms += 1000
  node.write('nic0', 'statistics/rx_dropped', 6)
  producer.sample()
  ms += 1000
  const first = await producer.collect()
  expect(points(first, 'system.network.packet.dropped').map(({ value }) => value)).toEqual([6])
  node.write('nic0', 'flags', '0x1002') // down: its zeros are not accepted
  for (const file of ['rx_bytes', 'rx_packets', 'rx_dropped']) node.write('nic0', `statistics/${file}`, 0)
  ms += 1000
  const second = await producer.collect()
  expect(points(second, 'system.network.packet.dropped').map(({ value }) => value)).toEqual([6])
})

test('says when a quiet counter rose, and returns only that until the next collection', async () => {
  const node = oneNic()
  const producer = producerOf(node)
  let rises = 0
  producer.onRise(() => rises++)
  for (let i = 0; i < 3; i++) {
    ms += 15_000
    await producer.collect()
  }
  expect(producer.collectRisen()).toEqual([])
  ms += 1000
  node.write('nic0', 'statistics/rx_dropped', 8)
  producer.sample()
  expect(rises).toBe(1)
  const risen = producer.collectRisen().flatMap(({ metrics }) => metrics.map(({ descriptor }) => descriptor.name))
  expect(risen).toEqual(['system.network.packet.dropped'])
  expect(producer.collectRisen()).toEqual([])
})

test('reports its own metrics through the meter provider that it is given', async () => {
  class ManualReader extends MetricReader {
    protected override onForceFlush = (): Promise<void> => Promise.resolve()
    protected override onShutdown = (): Promise<void> => Promise.resolve()
  }
  const producer = producerOf(oneNic())
  const reader = new ManualReader({ metricProducers: [producer] })
  producer.setMeterProvider(new MeterProvider({ readers: [reader] }))
  const result = await reader.collect()
  const interfaces = metric(result, 'ena_otel.interfaces')?.dataPoints[0]?.value
  expect([interfaces, metric(result, 'ena_otel.sweeps')?.descriptor.unit]).toEqual([1, '{sweep}'])
})

test('says why nothing is read', () => {
  const producer = producerOf(machine(), { include: [] })
  expect([producer.interfaces(), producer.nothingRead()]).toEqual([
    [],
    'there is no network interface, not even lo: name the folder where sysfs is mounted with --sysfs',
  ])
})
