import { ExportResultCode } from '@opentelemetry/core'
import { emptyResource } from '@opentelemetry/resources'
import { MeterProvider, type PushMetricExporter, type ScopeMetrics } from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { EarlyExportReader } from '../../src/export/metric-reader.ts'

let ms: number
let lines: string[]
/** What happened, in order: reads, collections and exports, by the scopes that were exported. */
let done: string[]
let risen: () => void
/** What happens while the producer reads. */
let whileReading: () => void
/** What an exporter does before it calls back. */
let delay: () => Promise<void>

const clock = { now: () => ms, steady: () => ms }
const scope = (name: string): ScopeMetrics => ({ scope: { name }, metrics: [] })

const producer = {
  collect: () => {
    done.push('collect')
    whileReading()
    return Promise.resolve({ resourceMetrics: { resource: emptyResource(), scopeMetrics: [scope('all')] }, errors: [] })
  },
  collectRisen: () => [scope('risen')],
  onRise: (listener: () => void) => {
    risen = listener
  },
  sample: () => void done.push('sample'),
}

function exporter(name = 'export'): PushMetricExporter {
  return {
    export: ({ scopeMetrics }, callback) => {
      void delay().then(
        () => {
          done.push(`${name} ${scopeMetrics.map((one) => one.scope.name).join(' ')}`)
          callback({ code: ExportResultCode.SUCCESS })
        },
        (error: Error) => callback({ code: ExportResultCode.FAILED, error }),
      )
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(void done.push('shutdown')),
  }
}

function reader(exporters = [exporter()], earlyExporters = exporters): MeterProvider & { start: () => void } {
  const line = (_: object, message: string): void => void lines.push(message)
  const log = { debug: line, info: line, warn: line, error: line }
  const config = { exportInterval: 15_000, temporality: 'cumulative' } as const
  const made = new EarlyExportReader({ producer, exporters, earlyExporters, config, clock, log })
  const provider = new MeterProvider({ readers: [made], resource: emptyResource() })
  return Object.assign(provider, { start: () => made.start(0) })
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  ms = 1_800_000_000_000
  lines = []
  done = []
  risen = () => undefined
  whileReading = () => undefined
  delay = () => Promise.resolve()
})
afterEach(() => void vi.useRealTimers())

async function pass(duration: number): Promise<void> {
  for (let passed = 0; passed < duration; passed += 100) {
    ms += 100
    await vi.advanceTimersByTimeAsync(100)
  }
}

test('exports everything once an interval', async () => {
  reader().start()
  await pass(45_000)
  expect(done).toEqual(['collect', 'export all', 'collect', 'export all', 'collect', 'export all'])
})

test('exports at once what rose after quiet, and nothing before it is started', async () => {
  const waiting = reader()
  risen()
  await pass(100)
  expect(done).toEqual([])
  waiting.start()
  risen()
  await pass(100)
  expect(done).toEqual(['export risen'])
})

test('makes at most one early export a second, and the one that had to wait comes then', async () => {
  reader().start()
  const exported: number[] = []
  for (let i = 0; i < 25; i++) {
    const before = done.length
    if (i === 0 || (i >= 3 && i <= 10) || i === 20) risen() // each sample says it again until it is collected
    await pass(100)
    if (done.length > before) exported.push(i)
  }
  expect(exported).toEqual([0, 10, 20])
})

test('makes no early export of what rises in the read of a whole one', async () => {
  reader().start()
  whileReading = () => risen()
  await pass(15_000)
  expect(done).toEqual(['collect', 'export all'])
})

test('gives early exports only to the exporters that take them', async () => {
  const [queue, console] = [exporter('queue'), exporter('console')]
  reader([queue, console], [queue]).start()
  risen()
  await pass(15_000)
  expect(done).toEqual(['queue risen', 'collect', 'queue all', 'console all'])
})

test('a slow export delays the ones after it, which stay in order', async () => {
  reader().start()
  const { promise, resolve } = Promise.withResolvers<void>()
  delay = () => promise
  risen()
  await pass(16_000)
  expect(done).toEqual(['collect'])
  delay = () => Promise.resolve()
  resolve()
  await pass(100)
  expect(done).toEqual(['collect', 'export risen', 'export all'])
})

test('logs an export that failed, and makes the next one', async () => {
  reader().start()
  delay = () => Promise.reject(new Error('ours'))
  await pass(15_000)
  delay = () => Promise.resolve()
  await pass(15_000)
  expect(lines).toEqual(['export: ours'])
  expect(done.at(-1)).toBe('export all')
})

test('exports the metrics of the SDK together with those of the producer', async () => {
  const provider = reader()
  provider.start()
  provider.getMeter('own').createCounter('ours').add(1)
  await pass(15_000)
  expect(done.at(-1)).toBe('export own all')
})

test('reads and exports once more at shutdown, and then nothing', async () => {
  const provider = reader()
  provider.start()
  await provider.shutdown()
  expect(done).toEqual(['sample', 'collect', 'export all', 'shutdown'])
  risen()
  await pass(20_000)
  expect(done).toHaveLength(4)
})
