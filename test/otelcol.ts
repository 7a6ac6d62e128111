// A real OpenTelemetry Collector on the loopback that keeps what it receives.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { KeyFiles } from './certificates.ts'
import type { NotHere } from './not-here.ts'
import type { OtlpRequest } from './otlp-request.ts'
import { otelcol } from './tools/otelcol.ts'

export interface CollectorOptions {
  /** Serve TLS with this key; with `clientCaFile` also ask every client for a certificate. Plain text by default. */
  readonly tls?: KeyFiles & { readonly clientCaFile?: string }
  /** Makes the command that starts it one that does so elsewhere: in another network. Here by default. */
  readonly within?: (command: readonly string[]) => readonly string[]
}

export interface Collector extends AsyncDisposable {
  /** Of OTLP over gRPC: `127.0.0.1:41939`. */
  readonly grpcEndpoint: string
  /** Of OTLP over HTTP: `127.0.0.1:41939`. */
  readonly httpEndpoint: string
  /** What has come so far, in the order of arrival. */
  received(): readonly OtlpRequest[]
  /** What has come as soon as `enough` says so. @throws what `signal` gives when it aborts; after 20 s by default. */
  receivedWhen(
    enough: (requests: readonly OtlpRequest[]) => boolean,
    signal?: AbortSignal,
  ): Promise<readonly OtlpRequest[]>
  /** Ends it and removes its files. */
  stop(): Promise<void>
}

/** Starts a collector on free ports; it is ready when this resolves. Builds it first where that has never been done. */
export async function collector(options: CollectorOptions = {}): Promise<Collector | NotHere> {
  const program = await otelcol()
  if (typeof program !== 'string') return program
  const folder = mkdtempSync(join(tmpdir(), 'ena-otel-collector-'))
  const file = join(folder, 'received.jsonl')
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify(configuration(file, options)))
  const { within = (command) => command } = options
  const [first = '', ...rest] = within([program, '--config', config])
  const child = spawn(first, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async (): Promise<void> => {
    process.off('exit', kill)
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const endpoints = await ready(child)
    return {
      ...endpoints,
      received: () => requests(file),
      receivedWhen: (enough, signal = AbortSignal.timeout(20_000)) => requestsWhen(file, enough, signal),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function configuration(file: string, { tls }: CollectorOptions): object {
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
    receivers: { otlp: { protocols: { grpc: server, http: server } } },
    exporters: { file: { path: file, format: 'json', flush_interval: '10ms' } },
    service: {
      telemetry: { logs: { encoding: 'json' }, metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['file'] } },
    },
  }
}

interface LogLine {
  readonly msg?: string
  readonly endpoint?: string
}

/** Reads the ports that the kernel chose from its log, until that says it is ready; then only drains it. */
async function ready(child: ChildProcess): Promise<Pick<Collector, 'grpcEndpoint' | 'httpEndpoint'>> {
  if (child.stderr === null) throw new TypeError('the collector needs a pipe for its log')
  const log: string[] = []
  const started = Promise.withResolvers<Pick<Collector, 'grpcEndpoint' | 'httpEndpoint'>>()
  let grpcEndpoint = ''
  let httpEndpoint = ''
  createInterface(child.stderr)
    .on('line', (line) => {
      log.push(line)
      const { msg, endpoint = '' }: LogLine = line.startsWith('{') ? JSON.parse(line) : {}
      if (msg === 'Starting GRPC server') grpcEndpoint = endpoint
      if (msg === 'Starting HTTP server') httpEndpoint = endpoint
      if (msg?.startsWith('Everything is ready')) started.resolve({ grpcEndpoint, httpEndpoint })
    })
    .once('close', () => started.reject(new Error(`the collector did not start:\n${log.join('\n')}`)))
  child.once('error', started.reject)
  return started.promise
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
