// Everything that an agent's numbers go through at a user of Amazon Managed Prometheus, for real but for AWS itself: the
// collector, as the chart renders it → the stand-in for AMP, with a real Prometheus that runs rules → a real
// Alertmanager → the stand-in for SNS. Tests look at the store and at the receiver.
import { type Amp, amp } from '../../amp/amp.ts'
import { type AlertmanagerOptions, runAlertmanager } from '../../sns/alertmanager.ts'
import { type Sns, sns } from '../../sns/sns.ts'
import { alertmanager } from '../../tools/alertmanager.ts'
import { helm } from '../../tools/helm.ts'
import { otelcol } from '../../tools/otelcol.ts'
import { prometheus } from '../../tools/prometheus.ts'
import { type AdotCollector, adotCollector } from './adot-collector.ts'
import type { PrometheusApi } from './prometheus-api.ts'

export interface PipelineOptions {
  /** The groups of a rule file. Those without an interval are evaluated every second. None by default. */
  readonly rules?: readonly object[]
  /** Its settings, where alerts are to go to SNS; they go nowhere by default. */
  readonly alertmanager?: AlertmanagerOptions
  /** Changes to the collector's configuration, merged over it: the chart's `collector.config`. */
  readonly collector?: object
  /** The chart's other values under `collector`; by default a batch waits for less time than the chart's. */
  readonly collectorValues?: object
  /** The time for the store, which refuses samples older than an hour; the machine's by default. */
  readonly storeNow?: () => number
}

export interface Pipeline extends PrometheusApi, AsyncDisposable {
  /** OTLP over gRPC as this machine calls it: `http://127.0.0.1:41939`; a guest calls the machine 10.0.2.2. */
  readonly grpcEndpoint: string
  /** OTLP over HTTP. */
  readonly httpEndpoint: string
  readonly collector: AdotCollector
  readonly amp: Amp
  readonly sns: Sns
  /** What SNS has taken so far. */
  readonly messages: Sns['received']
  /** What the collector and the Alertmanager have logged. */
  readonly logs: () => string
}

/** Starts it, in about 3 s; it is ready when this resolves. Disposing of it ends all and leaves nothing behind. */
export async function pipeline(options: PipelineOptions = {}): Promise<Pipeline> {
  await using parts = new AsyncDisposableStack()
  const receiver = parts.use(await sns())
  const manager = options.alertmanager && (await runAlertmanager(receiver, options.alertmanager))
  if (manager) parts.use(manager)
  const workspace = parts.use(
    await amp({
      ruleGroups: options.rules ?? [],
      evaluationInterval: '1s',
      alertmanagers: manager ? [manager.address] : [],
      ...(options.storeNow && { now: options.storeNow }),
    }),
  )
  const collector = parts.use(await adotCollector(workspace, options.collector, options.collectorValues))
  const owned = parts.move()
  const { query, samples, queryRange, waitFor } = workspace
  return {
    query,
    samples,
    queryRange,
    waitFor,
    grpcEndpoint: collector.grpcEndpoint,
    httpEndpoint: collector.httpEndpoint,
    collector,
    amp: workspace,
    sns: receiver,
    messages: () => receiver.received(),
    logs: () => [collector.log(), manager?.log() ?? ''].join('\n'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The path of its collector. For `beforeAll`, as the first time all its programs are built. */
export async function pipelineTools(): Promise<string> {
  for (const provide of [helm, prometheus, alertmanager]) await provide()
  return otelcol()
}
