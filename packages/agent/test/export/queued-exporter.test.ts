import { ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core'
import { DataPointType, type MetricData } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'

import { EXPORTED } from '../../src/export/own-metrics.ts'
import { DROPS, type Kind, metricData, NOON, resourceMetrics, SCOPE } from './metric-data.ts'
import { ACCEPTED, AWAY, dataOf, open, pointsOf, REFUSED, valuesOf } from './open-exporter.ts'

test('a request has the data that was exported, with the resource at the time of sending', async () => {
  const { exportNow, requests, state } = open([ACCEPTED])
  const point = { attributes: { nic: 'eth0' }, startTime: NOON, time: NOON + 1_001, value: 0.5 }
  const exported = [
    metricData(DROPS, [point]),
    metricData('levels', [point], 'updowncounter'),
    metricData('deltas', [point], 'delta'),
    metricData('ena.conntrack.available', [point], 'gauge'),
  ]
  expect(await exportNow(resourceMetrics(...exported))).toEqual({ code: ExportResultCode.SUCCESS })
  expect(requests).toHaveLength(1)
  expect(requests[0]!.resource.attributes).toEqual({ 'host.id': 'i-0' })
  expect(requests[0]!.scopeMetrics.map(({ scope }) => scope)).toEqual([SCOPE])
  expect(dataOf(requests[0]!)).toEqual(expect.arrayContaining(exported))
  expect(state.timeout).toBe(1234)
})

test('after the clock was set back, deltas of instruments wait until it has passed the last one, and no start time is after its point', async () => {
  const { exportNow, requests } = open([ACCEPTED])
  const at = (kind: Kind, startTime: number, time: number): MetricData =>
    metricData(kind, [{ attributes: {}, startTime: NOON + startTime, time: NOON + time, value: 1 }], kind)
  await exportNow(resourceMetrics(at('delta', 0, 900_000), at('counter', 0, 900_000)))
  await exportNow(resourceMetrics(at('delta', 900_000, -100_000), at('counter', 0, -100_000)))
  await exportNow(resourceMetrics(at('delta', -100_000, -85_000), at('counter', 0, -85_000)))
  await exportNow(resourceMetrics(at('delta', -85_000, 915_000)))
  const points = requests.map((request) =>
    pointsOf(request).map(({ startTime, endTime, value }) => [
      hrTimeToMilliseconds(startTime) - NOON,
      hrTimeToMilliseconds(endTime) - NOON,
      value,
    ]),
  )
  expect(points).toEqual([
    [
      [0, 900_000, 1],
      [0, 900_000, 1],
    ],
    [[-100_001, -100_000, 1]],
    [[-100_001, -85_000, 1]],
    [[900_000, 915_000, 3]],
  ])
})

test('attributes and descriptor of a stream are the same objects in every request', async () => {
  const { add, requests } = open([ACCEPTED])
  await add(1)
  await add(2)
  const [first, second] = requests.map((request) => dataOf(request)[0]!)
  expect(first!.descriptor).toBe(second!.descriptor)
  expect(first!.dataPoints[0]!.attributes).toBe(second!.dataPoints[0]!.attributes)
})

test('a histogram is refused', async () => {
  const { exportNow } = open([ACCEPTED])
  const histogram = { ...metricData('latency', []), dataPointType: DataPointType.HISTOGRAM } as unknown as MetricData
  const { code, error } = await exportNow(resourceMetrics(histogram))
  expect(code).toBe(ExportResultCode.FAILED)
  expect(error?.message).toBe('latency is a histogram: only sums and gauges can be exported')
})

test('while exports fail points are queued, which is logged once, and sent in order when they succeed', async () => {
  const { exporter, add, resume, requests, lines } = open([AWAY, new Error('ECONNREFUSED'), ACCEPTED])
  expect(await add(1, 2)).toEqual({ code: ExportResultCode.SUCCESS })
  await add(3)
  await resume()
  expect(exporter.statistics().queue).toEqual({ points: 3, sizeBytes: 2 * 256 + 3 * 32, ageMs: 0 })
  expect(lines).toEqual(['collector: export failed: ECONNREFUSED; points are queued'])
  await resume()
  await resume()
  expect(valuesOf(requests)).toEqual([[1, 2], [1, 2], [1, 2], [3]])
  expect(lines.slice(1)).toEqual(['collector: accepts metrics', 'collector: recovered'])
  expect(exporter.statistics()).toMatchObject({ exports: 2, exportFailures: 2, exportRetries: 2, exportedPoints: 3 })
})

test('refused points are counted and dropped', async () => {
  const { exporter, add, requests, lines } = open([REFUSED])
  await add(1, 2)
  await add(3)
  expect(valuesOf(requests)).toEqual([[1, 2], [3]])
  expect(exporter.statistics()).toMatchObject({ exportFailures: 2, rejectedPoints: 3, exportedPoints: 0 })
  expect(lines).toEqual(['collector: export failed: who are you; these points are dropped'])
})

test('refused points show in the counter only after one of its points was accepted', async () => {
  const { exporter, add, exportNow } = open([REFUSED, ACCEPTED])
  const shown = (): number => exporter.statistics().shownRejectedPoints
  const count = (time: number): Promise<unknown> =>
    exportNow(
      resourceMetrics(
        metricData(EXPORTED, [{ attributes: { 'error.type': 'rejected' }, startTime: NOON, time, value: shown() }]),
      ),
    )
  await count(NOON + 1)
  await add(1) // an early export, which is accepted without that counter
  expect([exporter.statistics().rejectedPoints, shown()]).toEqual([1, 0])
  await count(NOON + 2)
  expect(shown()).toBe(1)
})

test('a request that cannot be serialized is dropped', async () => {
  const serializer = { serializeRequest: () => undefined, deserializeResponse: () => ({}) }
  const { exporter, add, lines } = open([ACCEPTED], { serializer })
  await add(1)
  expect([exporter.statistics().queue.points, exporter.statistics().rejectedPoints]).toEqual([0, 1])
  expect(lines).toEqual(['collector: export failed: the request could not be serialized; these points are dropped'])
})

test.each([
  [{ rejectedDataPoints: 1, errorMessage: 'bad' }, 1, '1 points were rejected and are dropped: bad'],
  [{ rejectedDataPoints: 99, errorMessage: 'bad' }, 2, '99 points were rejected and are dropped: bad'],
  [{ rejectedDataPoints: 0, errorMessage: `slow${'y'.repeat(9_000)}\nx` }, 0, `slow${'y'.repeat(996)}`],
])('a partial success is counted, logged once and not sent again: %j', async (partialSuccess, rejected, warning) => {
  const data = Buffer.from(JSON.stringify({ partialSuccess }))
  const { exporter, add, requests, lines } = open([{ status: 'success', data }])
  await add(1, 2)
  await add(3, 4)
  expect(valuesOf(requests)).toEqual([
    [1, 2],
    [3, 4],
  ])
  const { exports, exportFailures, exportedPoints, rejectedPoints } = exporter.statistics()
  expect([exports, exportFailures]).toEqual([2, 0])
  expect([exportedPoints, rejectedPoints]).toEqual([4 - 2 * rejected, 2 * rejected])
  expect(lines).toEqual(['collector: accepts metrics', `collector partial success: ${warning}`])
})

test('a response that cannot be read is a warning, as its request was accepted', async () => {
  const { exporter, add, lines } = open([{ status: 'success', data: Buffer.from('<html>') }])
  await add(1)
  expect([exporter.statistics().exports, exporter.statistics().queue.points]).toEqual([1, 0])
  expect(lines[1]).toMatch(/^collector partial success: its response can't be read/)
})

test('dropping is logged once until the queue is empty', async () => {
  const { exporter, add, resume, lines, clock } = open([AWAY, AWAY, ACCEPTED])
  await add(1)
  await resume()
  for (const minutes of [2, 4]) {
    clock.time = NOON + minutes * 60_000
    await add(minutes)
  }
  expect(exporter.statistics().droppedPoints).toEqual({ age: 2, size: 0 })
  const queue = (): readonly string[] => lines.filter((line) => line.startsWith('queue'))
  expect(queue()).toEqual(['queue: the oldest points are dropped: over 1m (--queue-age), 1MiB (--queue-size)'])
  await resume()
  await add(5)
  expect(queue().slice(1)).toEqual(['queue: recovered'])
})

test('series over the limit are not exported, counted, and named once', async () => {
  const { exporter, exportNow, requests, lines } = open([ACCEPTED])
  const statistics = metricData(
    'ethtool.statistic',
    Array.from({ length: 150 }, (_, i) => ({ attributes: { i: `${i}` }, startTime: NOON, time: NOON, value: i })),
  )
  const counter = metricData(DROPS, [{ attributes: {}, startTime: NOON, time: NOON, value: 7 }])
  for (const _ of [1, 2]) await exportNow(resourceMetrics(statistics, counter))
  expect(exporter.statistics().series).toEqual({ count: 100, cut: 51 })
  expect(pointsOf(requests[0]!)[0]!.value).toBe(7) // allowances first
  expect(lines.filter((line) => line.startsWith('series'))).toEqual([
    'series: more than 100 (--max-series): some series of ethtool.statistic are not exported; select fewer with --statistics, --compat or --include',
  ])
})

test('shutdown sends what is queued, and refuses later exports', async () => {
  const { exporter, add, requests, lines, state } = open([AWAY, ACCEPTED])
  await add(1)
  for (let i = 0; i < 2; i++) await exporter.shutdown()
  expect([valuesOf(requests), state.isClosed, lines.at(-1)]).toEqual([[[1], [1]], true, 'collector: recovered'])
  expect((await add(2)).error?.message).toBe('the exporter is shut down')
})

test('shutdown logs how many points are lost when the collector is away', async () => {
  const { exporter, add, requests, lines } = open([AWAY])
  await add(1, 2)
  await exporter.shutdown()
  expect(requests).toHaveLength(2)
  expect(lines.at(-1)).toBe('collector: shut down with 2 points in the queue: they are lost')
})
