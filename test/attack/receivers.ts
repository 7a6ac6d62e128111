// THE table of receivers that the agent is tested with. One row each.
import { runPrometheus } from '../amp/prometheus.ts'
import { prometheusApi } from '../e2e/setup/prometheus-api.ts'
import { collector } from '../harness/otelcol.ts'
import { flatPoints } from '../harness/points.ts'

export interface Receiver {
  readonly name: string
  readonly start: () => Promise<RunningReceiver>
}

export interface RunningReceiver extends AsyncDisposable {
  /** The base of OTLP over HTTP: `/v1/metrics` is appended. */
  readonly endpoint: string
  /** How many points it has of the agent. */
  readonly stored: () => Promise<number>
}

export const RECEIVERS: readonly Receiver[] = [
  { name: 'Prometheus with default settings', start: startPrometheus },
  { name: 'the collector', start: startCollector },
]

async function startPrometheus(): Promise<RunningReceiver> {
  const server = await runPrometheus({ isOtlpReceiver: true })
  const { query } = prometheusApi((path) => fetch(server.url + path))
  return {
    endpoint: `${server.url}/api/v1/otlp`,
    stored: async () => {
      const [sum] = await query('sum(count_over_time({job="ena-otel", __name__!="target_info"}[1h]))')
      return sum?.value ?? 0
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

async function startCollector(): Promise<RunningReceiver> {
  const server = await collector()
  return {
    endpoint: `http://${server.httpEndpoint}`,
    stored: () => Promise.resolve(flatPoints(server.received()).length),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
