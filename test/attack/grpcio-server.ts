// The server of grpcio-server.py on the loopback.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { serverProcess } from '../amp/server-process.ts'
import type { OtlpRequest } from '../harness/otlp-request.ts'
import { grpcio } from '../tools/grpcio.ts'

export interface GrpcioServer extends AsyncDisposable {
  /** `http://127.0.0.1:41939`. */
  readonly endpoint: string
  /** In the order of arrival. */
  readonly received: () => readonly OtlpRequest[]
}

/** Starts it on a free port; it is ready when this resolves. */
export async function grpcioServer(): Promise<GrpcioServer> {
  const { python, packages } = await grpcio()
  let file = ''
  const server = await serverProcess({
    name: 'grpcio-server',
    command: (folder) => {
      file = join(folder, 'received.jsonl')
      return [python, join(import.meta.dirname, 'grpcio-server.py'), file]
    },
    env: { PYTHONPATH: packages },
    ready: (line) => /^listens on (\d+)$/.exec(line)?.[1],
  })
  return {
    endpoint: `http://127.0.0.1:${server.ready}`,
    received: () => {
      const lines = readFileSync(file, 'utf8').trim().split('\n')
      return lines.map((line): OtlpRequest => JSON.parse(line))
    },
    [Symbol.asyncDispose]: server.stop,
  }
}
