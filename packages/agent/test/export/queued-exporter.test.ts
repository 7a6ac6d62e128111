import { setImmediate as turn } from 'node:timers/promises'

import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type HistogramMetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'

import type { Log } from '@ena-otel/metrics/src/log.ts'
import { createQueuedExporter, type QueuedExporterOptions } from '../../src/export/queued-exporter.ts'
import { DROPS, metricData, NOON, resourceMetrics, SCOPE } from './metric-data.ts'

const ACCEPTED: ExportResponse = { status: 'success' }
const AWAY: ExportResponse = { status: 'retryable', error: new Error('ECONNREFUSED') }
const REFUSED: ExportResponse = { status: 'failure', error: new Error('who are you') }

/** An exporter whose collector gives these responses, the last one again and again. Pauses end when the test says so. */
function open(responses: readonly (ExportResponse | Error)[], options: Partial<QueuedExporterOptions> = {}) {
  const lines: string[] = []
  const line = (_: object, message: string): void => void lines.push(message)
  const log: Log = { debug: line, info: line, warn: line, error: line }
  const requests: ResourceMetrics[] = []
  const clock = { time: NOON }
  const state = { isClosed: false, timeout: 0, resume: () => {} }
  const exporter = createQueuedExporter({
    serializer: {
      serializeRequest: (request) => {
        requests.push(request)
        return new Uint8Array(1)
      },
      deserializeResponse: (data) => JSON.parse(Buffer.from(data).toString()) as IExportMetricsServiceResponse,
    },
    transport: {
      send: (_data, timeout) => {
        state.timeout = timeout
        const response = responses[Math.min(requests.length, responses.length) - 1]!
        return response instanceof Error ? Promise.reject(response) : Promise.resolve(response)
      },
      shutdown: () => {
        state.isClosed = true
      },
    },
    target: 'collector',
    timeout: 1234,
    resource: () => resourceFromAttributes({ 'host.id': `i-${requests.length}` }),
    queueSize: 2 ** 20,
    queueAge: 60_000,
    maxSeries: 100,
    exportInterval: 15_000,
    now: () => clock.time,
    log,
    pause: (_ms, signal) =>
      new Promise<void>((resolve) => {
        state.resume = resolve
        signal.addEventListener('abort', () => resolve())
      }),
    random: () => 0,
    ...options,
  })
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await turn()
  }
  /** Exports these values of one counter. */
  const add = async (...values: readonly number[]): Promise<ExportResult> => {
    const points = values.map((value, i) => ({ attributes: {}, startTime: NOON, time: clock.time + i, value }))
    return exportNow(resourceMetrics(metricData(DROPS, points)))
  }
  const exportNow = async (data: ResourceMetrics): Promise<ExportResult> => {
    const results: ExportResult[] = []
    exporter.export(data, (result) => void results.push(result))
    expect(results).toHaveLength(1) // at once
    await settle()
    return results[0]!
  }
  const resume = async (): Promise<void> => {
    state.resume()
    await settle()
  }
  return { exporter, add, exportNow, resume, requests, lines, clock, state }
}

const dataOf = ({ scopeMetrics }: ResourceMetrics) => scopeMetrics.flatMap(({ metrics }) => metrics)
const pointsOf = (request: ResourceMetrics): readonly DataPoint<number>[] =>
  dataOf(request).flatMap(({ dataPoints }) => dataPoints as DataPoint<number>[])
const valuesOf = (requests: readonly ResourceMetrics[]): readonly (readonly number[])[] =>
  requests.map((request) => pointsOf(request).map(({ value }) => value))

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

test('attributes and descriptor of a stream are the same objects in every request', async () => {
  const { add, requests } = open([ACCEPTED])
  await add(1)
  await add(2)
  const [first, second] = requests.map((request) => dataOf(request)[0]!)
  expect(first!.descriptor).toBe(second!.descriptor)
  expect(first!.dataPoints[0]!.attributes).toBe(second!.dataPoints[0]!.attributes)
})

test('a histogram is refused, and what comes with it is exported', async () => {
  const { exportNow, requests } = open([ACCEPTED])
  const counter = metricData(DROPS, [{ attributes: {}, startTime: NOON, time: NOON, value: 1 }])
  const histogram: HistogramMetricData = {
    descriptor: { ...counter.descriptor, name: 'latency' },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.HISTOGRAM,
    dataPoints: [],
  }
  const { code, error } = await exportNow(resourceMetrics(histogram, counter))
  expect([code, error?.message]).toEqual([
    ExportResultCode.FAILED,
    'histograms are not supported and not exported: latency',
  ])
  expect(valuesOf(requests)).toEqual([[1]])
})

test('while exports fail points are queued, which is logged once, and sent in order when they succeed', async () => {
  const { exporter, add, resume, requests, lines } = open([AWAY, new Error('ECONNREFUSED'), ACCEPTED])
  expect(await add(1, 2)).toEqual({ code: ExportResultCode.SUCCESS })
  await add(3)
  await resume()
  expect(exporter.queue()).toEqual({ points: 3, sizeBytes: 2 * 256 + 3 * 32, ageMs: 0 })
  expect(lines).toEqual(['collector: export failed: ECONNREFUSED; points are queued'])
  await resume()
  expect(valuesOf(requests)).toEqual([
    [1, 2],
    [1, 2, 3],
    [1, 2, 3],
  ])
  expect(lines.slice(1)).toEqual([
    'collector: accepts metrics',
    expect.stringMatching(/^collector: (recovered|fine again)$/),
  ])
  expect(exporter.counts).toMatchObject({ exports: 1, exportFailures: 2, exportRetries: 2, exportedPoints: 3 })
})

test('refused points are counted and dropped', async () => {
  const { exporter, add, requests, lines } = open([REFUSED])
  await add(1, 2)
  await add(3)
  expect(valuesOf(requests)).toEqual([[1, 2], [3]])
  expect(exporter.counts).toMatchObject({ exportFailures: 2, rejectedPoints: 3, exportedPoints: 0 })
  expect(lines).toEqual(['collector: export failed: who are you; these points are dropped'])
})

test('a request that cannot be serialized is dropped', async () => {
  const deserializeResponse = (): IExportMetricsServiceResponse => ({})
  const { exporter, add, lines } = open([ACCEPTED], {
    serializer: { serializeRequest: () => undefined, deserializeResponse },
  })
  await add(1)
  expect([exporter.queue().points, exporter.counts.rejectedPoints]).toEqual([0, 1])
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
  const { exports, exportFailures, exportedPoints, rejectedPoints } = exporter.counts
  expect([exports, exportFailures]).toEqual([2, 0])
  expect([exportedPoints, rejectedPoints]).toEqual([4 - 2 * rejected, 2 * rejected])
  expect(lines).toEqual(['collector: accepts metrics', `collector partial success: ${warning}`])
})

test('a response that cannot be read is a warning, as its request was accepted', async () => {
  const { exporter, add, lines } = open([{ status: 'success', data: Buffer.from('<html>') }])
  await add(1)
  expect([exporter.counts.exports, exporter.queue().points]).toEqual([1, 0])
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
  expect(exporter.counts.droppedPoints).toEqual({ age: 2, size: 0 })
  const queue = (): readonly string[] => lines.filter((line) => line.startsWith('queue'))
  expect(queue()).toEqual(['queue: the oldest points are dropped: over 1m (--queue-age), 1MiB (--queue-size)'])
  await resume()
  await add(5)
  expect(queue().slice(1)).toEqual([expect.stringMatching(/^queue: (recovered|fine again)$/)])
})

test('series over the limit are not exported, counted, and named once', async () => {
  const { exporter, exportNow, requests, lines } = open([ACCEPTED])
  const statistics = metricData(
    'ethtool.statistic',
    Array.from({ length: 150 }, (_, i) => ({ attributes: { i: `${i}` }, startTime: NOON, time: NOON, value: i })),
  )
  const counter = metricData(DROPS, [{ attributes: {}, startTime: NOON, time: NOON, value: 7 }])
  for (const _ of [1, 2]) await exportNow(resourceMetrics(statistics, counter))
  expect(exporter.series()).toEqual({ count: 100, cut: 51 })
  expect(pointsOf(requests[0]!)[0]!.value).toBe(7) // allowances first
  expect(lines.filter((line) => line.startsWith('series'))).toEqual([
    'series: more than 100 (--max-series): some series of ethtool.statistic are not exported; select fewer with --statistics, --compat or --include',
  ])
})

test('shutdown sends what is queued, and refuses later exports', async () => {
  const { exporter, add, requests, lines, state } = open([AWAY, ACCEPTED])
  await add(1)
  await exporter.shutdown()
  await exporter.shutdown()
  expect([valuesOf(requests), state.isClosed]).toEqual([[[1], [1]], true])
  expect(lines.filter((line) => line.includes('shut down'))).toEqual([])
  expect((await add(2)).error?.message).toBe('the exporter is shut down')
})

test('shutdown logs how many points are lost when the collector is away', async () => {
  const { exporter, add, requests, lines } = open([AWAY])
  await add(1, 2)
  await exporter.shutdown()
  expect(requests).toHaveLength(2)
  expect(lines.at(-1)).toBe('collector: shut down with 2 points in the queue: they are lost')
})

test('forceFlush sends what is queued without waiting for the pause', async () => {
  const { exporter, add, requests } = open([AWAY, ACCEPTED])
  await add(1)
  await exporter.forceFlush()
  expect([requests.length, exporter.queue().points]).toEqual([2, 0])
})
