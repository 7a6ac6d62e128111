// The collector of the pipeline: one that can be stopped and started again, and has the same ports then.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { type ServerProcess, serverProcess } from '../amp/server-process.ts'
import type { Credentials } from '../amp/signature.ts'
import { adotConfiguration, type AdotConfiguration, type AdotTarget } from './adot-configuration.ts'

export interface AdotCollector extends AsyncDisposable {
  /** `http://127.0.0.1:41939`: OTLP over gRPC. */
  readonly grpcEndpoint: string
  /** OTLP over HTTP. */
  readonly httpEndpoint: string
  /** All that it has logged since it was started last; JSON, a line each. */
  readonly log: () => string
  /** Ends it as Kubernetes does, by SIGTERM. */
  readonly stop: () => Promise<void>
  /** Starts it again, on the same ports. */
  readonly start: () => Promise<void>
}

export interface AdotCollectorOptions extends Omit<AdotTarget, 'grpcPort' | 'httpPort'> {
  /** The path of `otelcol`. */
  readonly program: string
  readonly credentials: Credentials
  /** Changes the configuration before it is used. */
  readonly change?: ((configuration: AdotConfiguration) => object) | undefined
}

/** Starts it; it is ready when this resolves. */
export async function adotCollector(options: AdotCollectorOptions): Promise<AdotCollector> {
  let server = await launch(options, { grpcPort: 0, httpPort: 0 })
  const ports = server.ready
  return {
    grpcEndpoint: `http://127.0.0.1:${ports.grpcPort}`,
    httpEndpoint: `http://127.0.0.1:${ports.httpPort}`,
    log: () => server.log(),
    stop: () => server.stop(),
    start: async () => {
      server = await launch(options, ports)
    },
    [Symbol.asyncDispose]: () => server.stop(),
  }
}

type Ports = Pick<AdotTarget, 'grpcPort' | 'httpPort'>

async function launch(options: AdotCollectorOptions, wanted: Ports): Promise<ServerProcess<Ports>> {
  const { program, credentials, change = (same) => same } = options
  return serverProcess({
    name: 'adot',
    command: (folder) => {
      const file = join(folder, 'collector.json')
      writeFileSync(file, JSON.stringify(change(adotConfiguration({ ...options, ...wanted }))))
      return [program, '--config', file]
    },
    env: { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
    ready: untilReady(),
  })
}

/** Collects the ports from the log until that says that everything is ready. */
function untilReady(): (line: string) => Ports | undefined {
  let grpcPort = 0
  let httpPort = 0
  return (line) => {
    const { msg = '', endpoint = '' }: { msg?: string; endpoint?: string } = line.startsWith('{')
      ? JSON.parse(line)
      : {}
    if (msg === 'Starting GRPC server') grpcPort = portOf(endpoint)
    if (msg === 'Starting HTTP server') httpPort = portOf(endpoint)
    return msg.startsWith('Everything is ready') ? { grpcPort, httpPort } : undefined
  }
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
}
