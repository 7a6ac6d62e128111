// `ena-otel run`: samples, exports, answers the kubelet, and stops when it is told to.
import { setTimeout as wait } from 'node:timers/promises'

import type { EnaMetricProducer, Log } from '@ena-otel/metrics'
import { type Clock, every, observe, phaseOf, processClock, systemClock } from '@ena-otel/metrics/internal'
import { emptyResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, type PushMetricExporter } from '@opentelemetry/sdk-metrics'

import type { LoadedConfig } from '../config/load.ts'
import { EarlyExportReader } from '../export/metric-reader.ts'
import { EXPORT_METRICS, USED_EXPORT_METRICS } from '../export/own-metrics.ts'
import { openOtlpExporter } from '../export/otlp-exporter.ts'
import { type HealthChecks, serveHealth } from '../health.ts'
import { VERSION } from '../version.ts'
import { nobodyReads } from '../view/print.ts'
import { openNode } from './node.ts'

/** How long the first export waits for the instance metadata service. The first sample does not wait. */
const IDENTITY_MS = 2_000
/** How long the last export may take, so that the process ends within 5 s of a signal. */
const FLUSH_MS = 4_500

/**
 * Only where Node was started with --expose-gc. V8 collects its old generation when it has grown by megabytes, which takes an hour here.
 * Until then, what each export handed to zlib and to the socket stays resident.
 */
const COLLECT_GARBAGE_MS = 600_000

/** What the console shows: our own names, and rates out of totals. */
const FOR_PEOPLE = { temporality: 'cumulative', compat: [] } as const

/**
 * Runs until `stopped` is fulfilled, then exports what is pending.
 *
 * @throws Error with one line when the agent can't start: not Linux, a port in use, a certificate that can't be read; and when it only
 * prints, but can't write
 */
export async function run(
  loaded: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
  stopped: Promise<unknown>,
): Promise<void> {
  const { config } = loaded
  const isPushed = config.exporters.includes('otlp')
  using node = openNode(config, env, log, isPushed ? {} : FOR_PEOPLE)
  const { producer } = node
  const resource = (): Resource => resourceFromAttributes({ ...node.attributes() })
  const queued = isPushed ? await openOtlpExporter(loaded, { resource, now: processClock.now, log }) : undefined
  const printing = config.exporters.includes('console') ? await openConsole(producer) : undefined
  const health =
    config.healthPort === undefined ? undefined : await serveHealth(config.healthPort, healthChecks(producer))

  const reader = new EarlyExportReader({
    producer,
    exporters: [queued, printing].filter((exporter) => exporter !== undefined),
    earlyExporters: queued ? [queued] : [],
    config,
    clock: processClock,
    log,
  })
  const meterProvider = new MeterProvider({ readers: [reader], resource: emptyResource() })
  if (queued) {
    producer.setMeterProvider(meterProvider)
    const metrics = config.ownMetrics === 'all' ? EXPORT_METRICS : USED_EXPORT_METRICS
    observe(meterProvider.getMeter('@ena-otel/agent', VERSION), metrics, queued.statistics)
  }
  await Promise.race([node.identify(IDENTITY_MS), stopped])
  const phase = phaseOf(node.attributes()['service.instance.id'] ?? '', config.exportInterval)
  reader.start(phase)
  const collecting = every(COLLECT_GARBAGE_MS, phase, systemClock, () => globalThis.gc?.())

  const unread = nobodyReads(process.stdout)
  if (isPushed) unread.catch((error: Error) => log.warn({}, error.message)) // what is pushed goes on
  await (isPushed ? stopped : Promise.race([stopped, unread]))
  collecting.stop()
  const isFlushed = Promise.all([meterProvider.shutdown(), health?.close()]).then(() => true)
  if (!(await Promise.race([isFlushed, pause(FLUSH_MS).then(() => false)])))
    log.warn({}, `stopped before the last export succeeded (${FLUSH_MS / 1000} s): all queued points are lost`)
}

async function openConsole(producer: EnaMetricProducer): Promise<PushMetricExporter> {
  const { createConsoleExporter } = await import('../view/plain.ts')
  return createConsoleExporter(producer.interfaces, process.stdout)
}

/** Keeps nothing alive. */
function pause(ms: number): Promise<void> {
  return wait(ms, undefined, { ref: false })
}

/**
 * A sample every so often means alive, however far apart samples are now; an interface that is read means ready, whether or not the
 * collector can be reached.
 */
export function healthChecks(
  producer: Pick<EnaMetricProducer, 'lastSampleTime' | 'sampleInterval' | 'nothingRead'>,
  { now }: Pick<Clock, 'now'> = systemClock,
): HealthChecks {
  return {
    livez: () => {
      const maxAgeMs = Math.max(10_000, 3 * producer.sampleInterval())
      const ageMs = now() - producer.lastSampleTime()
      return ageMs > maxAgeMs ? `the last sample was ${Math.round(ageMs / 1000)} s ago` : undefined
    },
    readyz: producer.nothingRead,
  }
}
