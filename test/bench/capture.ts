// The pushes of one node, and its answers to scrapes: real programs, real counters that move.
import { agentProcess, nodeExporterProcess } from './programs.ts'
import { loopbackServer } from '../amp/loopback-server.ts'
import { gunzipSync } from 'node:zlib'
import { setTimeout as wait } from 'node:timers/promises'

import { traffic } from './traffic.ts'

/** In every name that a node has; of the same length for all nodes. */
export const CAPTURED_NODE = 'node-0000'

export interface Captured {
  /** ExportMetricsServiceRequests, one after the other, in protobuf, not compressed. */
  readonly pushes: readonly Buffer[]
  /** Answers of node_exporter, at the times of those. */
  readonly answers: readonly Answer[]
}

export interface Answer {
  readonly contentType: string
  readonly text: string
}

/** Takes so many pushes, 15 s apart, on the interfaces nic* of this network namespace. @param nodeExporter its path */
export async function capture(nics: number, nodeExporter: string, count: number): Promise<Captured> {
  await using parts = new AsyncDisposableStack()
  parts.use(await traffic(nics))
  parts.use(await nodeExporterProcess(nodeExporter, 9100))
  const pushes: Buffer[] = []
  const answers: Answer[] = []
  const enough = Promise.withResolvers<void>()
  const server = parts.use(
    await loopbackServer(async ({ headers, body }) => {
      pushes.push(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
      const response = await fetch('http://127.0.0.1:9100/metrics')
      answers.push({ contentType: response.headers.get('content-type') ?? '', text: await response.text() })
      if (pushes.length > count) enough.resolve()
      return { status: 200, headers: { 'content-type': 'application/x-protobuf' } }
    }),
  )
  parts.use(
    await agentProcess(
      server.url,
      ['--protocol', 'http/protobuf', '--include', 'nic*', '--statistics', '.', '--node-name', CAPTURED_NODE],
      { OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${CAPTURED_NODE},host.name=${CAPTURED_NODE}` },
    ),
  )
  await Promise.race([
    enough.promise,
    wait(15_000 * (count + 4)).then(() => Promise.reject(new Error(`only ${pushes.length} pushes came`))),
  ])
  // The first one comes after a part of an interval.
  return { pushes: pushes.slice(1), answers: answers.slice(1) }
}
