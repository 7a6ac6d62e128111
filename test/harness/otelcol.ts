// A real OpenTelemetry Collector on the loopback: with any configuration, or with one that keeps what it receives.
import { readFileSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { join } from 'node:path'
import { type ServerProcess, serverProcess } from '../amp/server-process.ts'
import type { KeyFiles } from './certificates.ts'
import type { OtlpRequest } from './otlp-request.ts'
import { otelcol } from '../tools/otelcol.ts'

/** Host and port of each OTLP server: `127.0.0.1:41939`. */
export interface OtlpEndpoints {
  readonly grpcEndpoint: string
  readonly httpEndpoint: string
}

export interface OtelcolOptions {
  /** Its configuration, given the folder that it may fill. Its log has to be JSON. */
  readonly config: (folder: string) => object
  /** More arguments: `--feature-gates=…` for example. */
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Makes a command one that runs in another network. */
  readonly within?: ((command: readonly string[]) => readonly string[]) | undefined
}

/** Starts a collector; it is ready when this resolves. Builds it first where that has never been done. */
export async function startOtelcol(options: OtelcolOptions): Promise<ServerProcess<OtlpEndpoints>> {
  const { config, flags = [], env = {}, within = (command) => command } = options
  const program = await otelcol()
  const endpoints = { grpcEndpoint: '', httpEndpoint: '' }
  return serverProcess({
    name: 'otelcol',
    command: (folder) => {
      const file = join(folder, 'config.json')
      writeFileSync(file, JSON.stringify(config(folder)))
      return within([program, '--config', file, ...flags])
    },
    env,
    ready: (line) => {
      const { msg = '', endpoint = '' }: LogLine = line.startsWith('{') ? JSON.parse(line) : {}
      if (msg === 'Starting GRPC server') endpoints.grpcEndpoint = endpoint // the ports that the kernel chose
      if (msg === 'Starting HTTP server') endpoints.httpEndpoint = endpoint
      return msg.startsWith('Everything is ready') ? endpoints : undefined
    },
  })
}

interface LogLine {
  readonly msg?: string
  readonly endpoint?: string
}

export interface CollectorOptions extends Pick<OtelcolOptions, 'within'> {
  /** Serves TLS with this key; with `clientCaFile` it also asks every client for a certificate. Plain text by default. */
  readonly tls?: KeyFiles & { readonly clientCaFile?: string }
  /** More settings of the receiver. */
  readonly receiver?: { readonly grpc?: object; readonly http?: object }
}

export interface Collector extends OtlpEndpoints, AsyncDisposable {
  /** The requests so far, in the order of arrival. */
  received(): readonly OtlpRequest[]
  /** The requests as soon as `enough` says so. @throws what `signal` gives when it aborts; after 20 s by default. */
  receivedWhen(
    enough: (requests: readonly OtlpRequest[]) => boolean,
    signal?: AbortSignal,
  ): Promise<readonly OtlpRequest[]>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Starts a collector on free ports that keeps what it receives. */
export async function collector({ tls, receiver, within }: CollectorOptions = {}): Promise<Collector> {
  let file = ''
  const server = await startOtelcol({
    config: (folder) => {
      file = join(folder, 'received.jsonl')
      return configuration(file, tls, receiver)
    },
    within,
  })
  return {
    ...server.ready,
    received: () => requests(file),
    receivedWhen: (enough, signal = AbortSignal.timeout(20_000)) => requestsWhen(file, enough, signal),
    stop: server.stop,
    [Symbol.asyncDispose]: server.stop,
  }
}

function configuration(file: string, tls: CollectorOptions['tls'], receiver: CollectorOptions['receiver']): object {
  const server = {
    endpoint: '127.0.0.1:0',
    ...(tls && {
      tls: {
        cert_file: tls.certFile,
        key_file: tls.keyFile,
        ...(tls.clientCaFile && { client_ca_file: tls.clientCaFile }),
      },
    }),
  }
  return {
    receivers: {
      otlp: { protocols: { grpc: { ...server, ...receiver?.grpc }, http: { ...server, ...receiver?.http } } },
    },
    exporters: { file: { path: file, format: 'json', flush_interval: '10ms' } },
    service: {
      telemetry: { logs: { encoding: 'json' }, metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['file'] } },
    },
  }
}

function requests(file: string): readonly OtlpRequest[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  lines.pop() // empty, or a line that isn't whole yet
  return lines.map((line): OtlpRequest => JSON.parse(line))
}

async function requestsWhen(
  file: string,
  enough: (requests: readonly OtlpRequest[]) => boolean,
  signal: AbortSignal,
): Promise<readonly OtlpRequest[]> {
  const over = new AbortController()
  const changes = watch(file, { signal: AbortSignal.any([signal, over.signal]) })[Symbol.asyncIterator]()
  for (;;) {
    const change = changes.next() // it watches only from here on: before the look, so that no change falls between
    change.catch(() => undefined)
    const found = requests(file)
    if (enough(found)) {
      over.abort()
      return found
    }
    await change
  }
}
