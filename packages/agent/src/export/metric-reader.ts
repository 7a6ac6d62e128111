// When points are exported: all of them at an interval, and what rose after it was quiet at once.
import { emptyResource } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  InstrumentType,
  MetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { ExportResultCode } from '@opentelemetry/core'
import type { EnaMetricProducer, Log } from '@ena-otel/metrics'
import { type Clock, every, type Schedule } from '@ena-otel/metrics/internal'

import type { Config } from '../config/options.ts'

/** At most one early export a second. Timers fire a little early now and then. */
const MIN_EARLY_INTERVAL_MS = 950

export interface EarlyExportReaderOptions {
  readonly producer: Pick<EnaMetricProducer, 'collect' | 'collectRisen' | 'onRise' | 'sample'>
  readonly exporters: readonly PushMetricExporter[]
  /** Those of the exporters that also take early exports. */
  readonly earlyExporters: readonly PushMetricExporter[]
  readonly config: Pick<Config, 'exportInterval' | 'temporality'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * A MetricReader with two triggers. The interval exports everything since the last whole export. A counter that rises after it was
 * quiet is exported at once, at most once a second, with the changes of the others: a page must not wait for the interval.
 */
export class EarlyExportReader extends MetricReader {
  readonly #options: EarlyExportReaderOptions
  #schedule: Schedule | undefined
  #lastEarlyMs = Number.NEGATIVE_INFINITY
  /** A whole export reads the counters, and takes what rose in that read. */
  #isReading = false
  /** Exports run one after the other, so that each series stays in order. */
  #exported: Promise<void> = Promise.resolve()

  constructor(options: EarlyExportReaderOptions) {
    const { producer, config } = options
    super({
      metricProducers: [producer],
      aggregationTemporalitySelector: (type) => temporalityOf(type, config.temporality),
    })
    this.#options = options
  }

  /** Exports from now on, `phaseMs` past each multiple of the interval. */
  start(phaseMs: number): void {
    const { producer, exporters, config, clock } = this.#options
    if (exporters.length === 0) return
    this.#schedule = every(config.exportInterval, phaseMs, clock, () => this.#exportAll())
    producer.onRise(() => this.#exportRisen())
  }

  async #exportAll(): Promise<void> {
    const { exporters, log } = this.#options
    this.#isReading = true
    const collected = this.collect()
    this.#isReading = false
    const { resourceMetrics, errors } = await collected
    for (const error of errors) log.error({ err: error }, `collection: ${(error as Error).message}`)
    await this.#export(exporters, resourceMetrics)
  }

  #exportRisen(): void {
    const { producer, earlyExporters, clock } = this.#options
    const ms = clock.steady()
    if (this.#isReading || earlyExporters.length === 0 || ms - this.#lastEarlyMs < MIN_EARLY_INTERVAL_MS) return
    this.#lastEarlyMs = ms
    const scopeMetrics = [...producer.collectRisen()]
    if (scopeMetrics.length > 0) void this.#export(earlyExporters, { resource: emptyResource(), scopeMetrics })
  }

  #export(exporters: readonly PushMetricExporter[], metrics: ResourceMetrics): Promise<void> {
    this.#exported = this.#exported.then(async () => {
      await Promise.all(exporters.map((exporter) => this.#exportTo(exporter, metrics)))
    })
    return this.#exported
  }

  /** An exporter that fails is a fault of ours: what a collector refuses waits in the queue. */
  #exportTo(exporter: PushMetricExporter, metrics: ResourceMetrics): Promise<void> {
    return new Promise((resolve) => {
      exporter.export(metrics, ({ code, error }) => {
        if (code !== ExportResultCode.SUCCESS)
          this.#options.log.error({ err: error }, `export: ${error?.message ?? 'failed'}`)
        resolve()
      })
    })
  }

  protected override async onForceFlush(): Promise<void> {
    await this.#exportAll()
    await Promise.all(this.#options.exporters.map((exporter) => exporter.forceFlush()))
  }

  protected override async onShutdown(): Promise<void> {
    const { producer, exporters } = this.#options
    this.#schedule?.stop()
    producer.onRise(() => undefined)
    producer.sample()
    await this.#exportAll()
    await Promise.all(exporters.map((exporter) => exporter.shutdown()))
  }
}

/** OpenTelemetry specification, "Metrics Exporter - OTLP": OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE. */
function temporalityOf(type: InstrumentType, preference: Config['temporality']): AggregationTemporality {
  return DELTA_TYPES[preference].has(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
}

const SYNCHRONOUS: readonly InstrumentType[] = [InstrumentType.COUNTER, InstrumentType.HISTOGRAM]
const DELTA_TYPES: Readonly<Record<Config['temporality'], ReadonlySet<InstrumentType>>> = {
  cumulative: new Set(),
  lowmemory: new Set(SYNCHRONOUS),
  delta: new Set([...SYNCHRONOUS, InstrumentType.OBSERVABLE_COUNTER]),
}
