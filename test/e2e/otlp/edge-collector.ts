// A collector that others have set up, with a door for each way in which they want to be called. It hands on what it gets.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { type ServerProcess, serverProcess } from '../../amp/server-process.ts'

/** TLS of a receiver, as the collector's configuration has it. */
export interface DoorOptions {
  readonly tls?: { readonly cert_file: string; readonly key_file: string; readonly client_ca_file?: string }
  /** Encodings that its HTTP takes; the collector's own list by default. */
  readonly compression_algorithms?: readonly string[]
}

export interface Door {
  /** Ports of the loopback. */
  readonly grpc: number
  readonly http: number
}

/** @param forwardTo OTLP over gRPC, `http://127.0.0.1:41939`; everything is handed on at once */
export async function edgeCollector<Name extends string>(
  program: string,
  doors: Readonly<Record<Name, DoorOptions>>,
  forwardTo: string,
): Promise<ServerProcess<Readonly<Record<Name, Door>>>> {
  const names = Object.keys(doors) as Name[]
  const configuration = {
    receivers: Object.fromEntries(names.map((name) => [`otlp/${name}`, receiver(doors[name])])),
    exporters: {
      otlp: { endpoint: new URL(forwardTo).host, tls: { insecure: true }, sending_queue: { enabled: false } },
    },
    service: {
      telemetry: { logs: { encoding: 'json' }, metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: names.map((name) => `otlp/${name}`), exporters: ['otlp'] } },
    },
  }
  return serverProcess({
    name: 'edge',
    command: (folder) => {
      const file = join(folder, 'collector.json')
      writeFileSync(file, JSON.stringify(configuration))
      return [program, '--config', file]
    },
    ready: untilReady(names),
  })
}

function receiver({ tls, compression_algorithms }: DoorOptions): object {
  const common = { endpoint: '127.0.0.1:0', ...(tls && { tls }) }
  return { protocols: { grpc: common, http: { ...common, ...(compression_algorithms && { compression_algorithms }) } } }
}

interface LogLine {
  readonly msg?: string
  readonly endpoint?: string
  readonly 'otelcol.component.id'?: string
}

/** Collects the ports that the kernel chose, until the log says that everything is ready. */
function untilReady<Name extends string>(
  names: readonly Name[],
): (line: string) => Readonly<Record<Name, Door>> | undefined {
  const doors = Object.fromEntries(names.map((name) => [name, { grpc: 0, http: 0 }])) as Record<
    Name,
    { grpc: number; http: number }
  >
  return (line) => {
    const {
      msg = '',
      endpoint = '',
      'otelcol.component.id': id = '',
    }: LogLine = line.startsWith('{') ? JSON.parse(line) : {}
    const door = doors[id.replace('otlp/', '') as Name]
    const port = Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
    if (door && msg === 'Starting GRPC server') door.grpc = port
    if (door && msg === 'Starting HTTP server') door.http = port
    return msg.startsWith('Everything is ready') ? doors : undefined
  }
}
