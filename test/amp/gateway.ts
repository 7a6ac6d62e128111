// A real collector from OTLP to Amazon Managed Prometheus, configured as in ADOT's documentation: prometheusremotewrite, signed by
// sigv4auth with the key in its environment.
import { type OtlpEndpoints, startOtelcol } from '../harness/otelcol.ts'
import type { ServerProcess } from './server-process.ts'

/** Where it writes to. */
export interface GatewayTarget {
  readonly remoteWriteUrl: string
  readonly env: Readonly<Record<string, string>>
  readonly scope: { readonly region: string }
}

export interface GatewayOptions {
  /** More settings of the exporter. */
  readonly exporter?: object
  /** Of its command line, `--feature-gates=…` for example. */
  readonly flags?: readonly string[]
}

export type Gateway = ServerProcess<OtlpEndpoints> & OtlpEndpoints

/** Starts a collector that writes to `target`; it is ready when this resolves. */
export async function gateway(target: GatewayTarget, options: GatewayOptions = {}): Promise<Gateway> {
  const config = (): object => configuration(target, options.exporter)
  const server = await startOtelcol({ config, env: target.env, flags: options.flags ?? [] })
  return { ...server, ...server.ready }
}

function configuration({ remoteWriteUrl, scope }: GatewayTarget, exporter: object = {}): object {
  const receiver = { endpoint: '127.0.0.1:0' }
  return {
    receivers: { otlp: { protocols: { grpc: receiver, http: receiver } } },
    exporters: {
      prometheusremotewrite: {
        endpoint: remoteWriteUrl,
        auth: { authenticator: 'sigv4auth' },
        max_batch_size_bytes: 1_000_000, // the exporter's own 3 MB are more than AMP takes: facts.md E
        resource_to_telemetry_conversion: { enabled: true },
        ...exporter,
      },
    },
    extensions: { sigv4auth: { region: scope.region, service: 'aps' } },
    service: {
      extensions: ['sigv4auth'],
      telemetry: { logs: { encoding: 'json' }, metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['prometheusremotewrite'] } },
    },
  }
}
