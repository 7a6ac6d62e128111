// THE table of receivers that the agent is tested with. One row each: a receiver that has both protocols has two.
import { exported } from '../../packages/rules/src/names.ts'
import { prometheusLabel } from '../../packages/rules/src/prometheus-name.ts'
import { runPrometheus } from '../amp/prometheus.ts'
import { type Labels, prometheusApi } from '../e2e/setup/prometheus-api.ts'
import { collector } from '../harness/otelcol.ts'
import type { OtlpRequest } from '../harness/otlp-request.ts'
import { type FlatPoint, flatPoints } from '../harness/points.ts'
import { grpcio } from '../tools/grpcio.ts'
import { otelcol } from '../tools/otelcol.ts'
import { prometheus } from '../tools/prometheus.ts'
import { victoriaMetrics } from '../tools/victoria-metrics.ts'
import { grpcioServer } from './grpcio-server.ts'
import { recordedGrpcWay } from './recorded-grpc-way.ts'
import { type RecordedWay, recordedWay } from './recorded-way.ts'
import { runVictoriaMetrics } from './victoria-metrics.ts'

export interface Receiver {
  readonly name: string
  readonly protocol: Protocol
  /** Provides its program. */
  readonly tool: () => Promise<unknown>
  readonly start: () => Promise<RunningReceiver>
}

export interface RunningReceiver extends AsyncDisposable {
  /** The base of OTLP over HTTP, to which `/v1/metrics` is appended; or of gRPC. */
  readonly endpoint: string
  /** The series that it stores a point in. */
  readonly seriesOf: (point: FlatPoint) => Labels
  /** How far a value that it stores may be from the one it was sent, as a part of it. Default: 0. */
  readonly relativeError?: number
  /** All that it has stored, of each series in the order of the times. */
  readonly stored: () => Promise<readonly Stored[]>
}

export interface Stored {
  readonly series: Labels
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  readonly value: number
}

type Protocol = 'http/protobuf' | 'grpc'

/** How requests are recorded between the agent and a receiver. */
export const WAYS: Readonly<Record<Protocol, (endpoint: string) => Promise<RecordedWay>>> = {
  'http/protobuf': recordedWay,
  grpc: recordedGrpcWay,
}

export const RECEIVERS: readonly Receiver[] = [
  { name: 'Prometheus', protocol: 'http/protobuf', tool: prometheus, start: startPrometheus },
  { name: 'VictoriaMetrics', protocol: 'http/protobuf', tool: victoriaMetrics, start: startVictoriaMetrics },
  { name: 'the collector', protocol: 'http/protobuf', tool: otelcol, start: () => startCollector('httpEndpoint') },
  { name: 'the collector', protocol: 'grpc', tool: otelcol, start: () => startCollector('grpcEndpoint') },
  { name: 'grpcio', protocol: 'grpc', tool: grpcio, start: startGrpcio },
]

/**
 * With default settings. It translates names, and makes job and instance of the resource:
 * https://prometheus.io/docs/guides/opentelemetry/
 */
async function startPrometheus(): Promise<RunningReceiver> {
  const server = await runPrometheus({ isOtlpReceiver: true })
  const { samples } = prometheusApi((path) => fetch(server.url + path))
  return {
    endpoint: `${server.url}/api/v1/otlp`,
    seriesOf: ({ metric, attributes, resource }) => ({
      ...renamed(attributes, prometheusLabel),
      __name__: exported(metric),
      job: resource['service.name']!,
      instance: resource['service.instance.id']!,
    }),
    stored: async () => {
      const all = await samples('{job="ena-otel", __name__!="target_info"}')
      return all.flatMap(({ labels, samples }) => samples.map((sample) => ({ series: labels, ...sample })))
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/**
 * With default settings. It keeps names, makes labels of all attributes of the resource and the scope, and keeps a point that is sent again:
 * https://docs.victoriametrics.com/victoriametrics/integrations/opentelemetry/
 */
async function startVictoriaMetrics(): Promise<RunningReceiver> {
  const server = await runVictoriaMetrics()
  return {
    endpoint: `${server.url}/opentelemetry`,
    seriesOf: ({ metric, attributes, resource }) => ({ __name__: metric, ...resource, ...attributes }),
    relativeError: 1e-11, // it keeps 12 digits of a fraction (lib/decimal/decimal.go, conversionPrecision), and integers exactly
    stored: async () =>
      (await server.exported()).flatMap(({ metric, values, timestamps }) => {
        const series = Object.fromEntries(Object.entries(metric).filter(([label]) => !label.startsWith('scope.')))
        return values.map((value, i) => ({ series, value, timeMs: timestamps[i]! }))
      }),
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

async function startCollector(protocol: 'httpEndpoint' | 'grpcEndpoint'): Promise<RunningReceiver> {
  const server = await collector()
  return {
    ...keepsAll(() => server.received()),
    endpoint: `http://${server[protocol]}`,
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

/** The server refuses what the official protos do not have. */
async function startGrpcio(): Promise<RunningReceiver> {
  const { endpoint, received, [Symbol.asyncDispose]: dispose } = await grpcioServer()
  return { ...keepsAll(received), endpoint, [Symbol.asyncDispose]: dispose }
}

/** A receiver that keeps requests as they are, also one that is sent again. */
function keepsAll(received: () => readonly OtlpRequest[]): Pick<RunningReceiver, 'seriesOf' | 'stored'> {
  const seriesOf = ({ metric, attributes, resource }: FlatPoint): Labels => ({ metric, ...resource, ...attributes })
  const stored = (): readonly Stored[] =>
    flatPoints(received())
      .map((point) => ({ series: seriesOf(point), timeMs: point.timeMs, value: point.value }))
      .toSorted((a, b) => a.timeMs - b.timeMs)
  return { seriesOf, stored: () => Promise.resolve(stored()) }
}

function renamed(labels: Labels, name: (label: string) => string): Labels {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [name(label), value]))
}
