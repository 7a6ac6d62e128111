// A real collector that passes what it gets over OTLP on to Amazon Managed Prometheus, set up as ADOT's documentation
// does it: prometheusremotewrite, signed by sigv4auth with the key that it finds in its environment.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NotHere } from '../not-here.ts'
import { otelcol } from '../tools/otelcol.ts'
import { serverProcess, type ServerLog } from './server-process.ts'

/** Where it writes to. */
export interface GatewayTarget {
  readonly remoteWriteUrl: string
  readonly env: Readonly<Record<string, string>>
  readonly scope: { readonly region: string }
}

export interface GatewayOptions {
  /** More settings of the exporter. */
  readonly exporter?: object
  /** Processors between, in their order. None by default, so that nothing waits. */
  readonly processors?: Readonly<Record<string, object>>
  /** More settings of `service.telemetry`. */
  readonly telemetry?: object
  /** Of its command line, `--feature-gates=…` for example. */
  readonly flags?: readonly string[]
}

export interface Gateway extends ServerLog, AsyncDisposable {
  /** Of OTLP over gRPC: `127.0.0.1:41939`. */
  readonly grpcEndpoint: string
  /** Of OTLP over HTTP: `127.0.0.1:41939`. */
  readonly httpEndpoint: string
  stop(): Promise<void>
}

/** Starts a collector that writes to `target`; it is ready when this resolves. */
export async function gateway(target: GatewayTarget, options: GatewayOptions = {}): Promise<Gateway | NotHere> {
  const program = await otelcol()
  if (typeof program !== 'string') return program
  const endpoints = { grpcEndpoint: '', httpEndpoint: '' }
  const server = await serverProcess({
    name: 'gateway',
    command: (folder) => {
      const file = join(folder, 'config.json')
      writeFileSync(file, JSON.stringify(configuration(target, options)))
      return [program, '--config', file, ...(options.flags ?? [])]
    },
    env: target.env,
    ready: (line) => {
      const { msg = '', endpoint = '' }: LogLine = line.startsWith('{') ? JSON.parse(line) : {}
      if (msg === 'Starting GRPC server') endpoints.grpcEndpoint = endpoint // the ports that the kernel chose
      if (msg === 'Starting HTTP server') endpoints.httpEndpoint = endpoint
      return msg.startsWith('Everything is ready') ? endpoints : undefined
    },
  })
  return { ...server, ...server.ready }
}

interface LogLine {
  readonly msg?: string
  readonly endpoint?: string
}

function configuration({ remoteWriteUrl, scope }: GatewayTarget, options: GatewayOptions): object {
  const { exporter = {}, processors = {}, telemetry = {} } = options
  const receiver = { endpoint: '127.0.0.1:0' }
  return {
    receivers: { otlp: { protocols: { grpc: receiver, http: receiver } } },
    processors,
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
      telemetry: { logs: { encoding: 'json' }, metrics: { level: 'none' }, ...telemetry },
      pipelines: {
        metrics: { receivers: ['otlp'], processors: Object.keys(processors), exporters: ['prometheusremotewrite'] },
      },
    },
  }
}
