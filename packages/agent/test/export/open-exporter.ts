// An exporter with a collector, a clock and pauses that a test controls.
import { setImmediate as turn } from 'node:timers/promises'

import type { ExportResult } from '@opentelemetry/core'
import type { ExportResponse } from '@opentelemetry/otlp-exporter-base'
import type { IExportMetricsServiceResponse } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { DataPoint, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { expect } from 'vitest'

import type { Log } from '@ena-otel/metrics'
import { createQueuedExporter, type QueuedExporterOptions } from '../../src/export/queued-exporter.ts'
import { DROPS, metricData, NOON, resourceMetrics } from './metric-data.ts'

export const ACCEPTED: ExportResponse = { status: 'success' }
export const AWAY: ExportResponse = { status: 'retryable', error: new Error('ECONNREFUSED') }
export const REFUSED: ExportResponse = { status: 'failure', error: new Error('who are you') }

/** An exporter whose collector gives these responses, the last one again and again. Pauses end when the test says so. */
export function open(responses: readonly (ExportResponse | Error)[], options: Partial<QueuedExporterOptions> = {}) {
  const lines: string[] = []
  const line = (_: object, message: string): void => void lines.push(message)
  const log: Log = { debug: line, info: line, warn: line, error: line }
  const requests: ResourceMetrics[] = []
  const pauses: number[] = []
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
    heartbeatInterval: 100,
    detail: 'changes',
    now: () => clock.time,
    log,
    pause: (ms, signal) =>
      new Promise<void>((resolve) => {
        pauses.push(ms)
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
  return { exporter, add, exportNow, resume, requests, pauses, lines, clock, state }
}

export const dataOf = ({ scopeMetrics }: ResourceMetrics) => scopeMetrics.flatMap(({ metrics }) => metrics)
export const pointsOf = (request: ResourceMetrics): readonly DataPoint<number>[] =>
  dataOf(request).flatMap(({ dataPoints }) => dataPoints as DataPoint<number>[])
export const valuesOf = (requests: readonly ResourceMetrics[]): readonly (readonly number[])[] =>
  requests.map((request) => pointsOf(request).map(({ value }) => value))
