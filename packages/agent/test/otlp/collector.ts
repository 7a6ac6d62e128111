// An OTLP receiver on loopback, over gRPC or HTTP. It records requests and gives a configured answer.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

import {
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js'
import { onTestFinished } from 'vitest'

export interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** The ExportMetricsServiceRequest, uncompressed. */
  readonly body: Buffer
}

export interface Collector {
  readonly port: number
  readonly received: readonly Received[]
  /** Fulfilled when the n-th request (from 1) has arrived. */
  readonly arrived: (n: number) => Promise<void>
}

export interface CollectorOptions {
  /** 127.0.0.1 by default. */
  readonly host?: string
  readonly port?: number
  /** gRPC status or HTTP status to refuse with; 'hang': never answer. */
  readonly answer?: number | 'hang'
  readonly message?: string
  /** The ExportMetricsServiceResponse; by default empty, which accepts all points. */
  readonly response?: Buffer
  readonly tls?: boolean
  /** The client must have a certificate of our authority. */
  readonly mutual?: boolean
}

export const PEM = {
  authority: pem('ca.pem'),
  server: pem('server.pem'),
  serverKey: pem('server.key'),
  client: pem('client.pem'),
  clientKey: pem('client.key'),
}

function pem(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

/** The port of a server that listens on loopback until the test ends. */
export async function listen(server: TcpServer, port = 0): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

const METHOD = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'

/** grpc-js wants a service; ours takes any bytes. */
const SERVICE: ServiceDefinition = {
  export: {
    path: METHOD,
    requestStream: false,
    responseStream: false,
    requestSerialize: (bytes: Buffer) => bytes,
    requestDeserialize: (bytes: Buffer) => bytes,
    responseSerialize: (bytes: Buffer) => bytes,
    responseDeserialize: (bytes: Buffer) => bytes,
  },
}

export async function startGrpcCollector(options: CollectorOptions = {}): Promise<Collector> {
  const { host = '127.0.0.1', port = 0, answer, message = '', response = Buffer.alloc(0) } = options
  const { received, arrived, add } = inbox()
  const server = new Server()
  server.addService(SERVICE, {
    export: ({ metadata, request }: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>) => {
      const headers = Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)])
      add({ path: METHOD, headers: Object.fromEntries(headers) as Record<string, string>, body: request })
      if (answer === 'hang') return
      if (answer === undefined) callback(null, response)
      else callback({ code: answer, details: message, metadata: new Metadata() })
    },
  })
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, grpcCredentials(options), (error, actual) =>
      error ? reject(error) : resolve(actual),
    )
  })
  onTestFinished(() => server.forceShutdown())
  return { port: bound, received, arrived }
}

function grpcCredentials({ tls, mutual = false }: CollectorOptions): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure()
  const pair = { cert_chain: readFileSync(PEM.server), private_key: readFileSync(PEM.serverKey) }
  return ServerCredentials.createSsl(readFileSync(PEM.authority), [pair], mutual)
}

export async function startHttpCollector(options: CollectorOptions = {}): Promise<Collector> {
  const { port = 0, answer, message = '', response: body } = options
  const { received, arrived, add } = inbox()
  const listener: RequestListener = async (request, response) => {
    const raw = await buffer(request)
    const sent = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    add({ path: `${request.method} ${request.url}`, headers: texts(request.headers), body: sent })
    if (answer === 'hang') return
    response.writeHead(answer ?? 200, { 'content-type': 'application/x-protobuf' }).end(body ?? message)
  }
  const server = options.tls
    ? createHttpsServer(
        {
          cert: readFileSync(PEM.server),
          key: readFileSync(PEM.serverKey),
          ca: readFileSync(PEM.authority),
          requestCert: options.mutual ?? false,
        },
        listener,
      )
    : createHttpServer(listener)
  return { port: await listen(server, port), received, arrived }
}

/** Both protocols, each with its collector. */
export const PROTOCOLS = [
  ['grpc', startGrpcCollector],
  ['http/protobuf', startHttpCollector],
] as const

function texts(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function inbox(): Omit<Collector, 'port'> & { readonly add: (request: Received) => void } {
  const received: Received[] = []
  const waiting = new Map<number, () => void>()
  return {
    received,
    arrived: (n) => {
      if (received.length >= n) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.set(n, resolve)
      return promise
    },
    add: (request) => {
      received.push(request)
      waiting.get(received.length)?.()
    },
  }
}
