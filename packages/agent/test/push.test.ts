import { createServer } from 'node:net'
import { once } from 'node:events'

import { describe, expect, it } from 'vitest'

import type { Agent } from '../src/agent.ts'
import { DEFAULTS } from '../src/config/load.ts'
import type { Config } from '../src/config/options.ts'
import { createCounts } from '../src/counts.ts'
import type { Log } from '../src/log.ts'
import { openPush } from '../src/push.ts'
import { startGrpcCollector, startHttpCollector } from './otlp/collector.ts'
import { points } from './otlp/metrics.ts'

const DROPS = 'ena.allowance.exceeded'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

function pushTo(port: number, options: Partial<Config> = {}) {
  const lines: string[] = []
  const line = (_: object, message: string): void => void lines.push(message)
  const log: Log = { debug: line, info: line, warn: line, error: line }
  const counts = createCounts()
  const agent = { counts, attributes: () => ({}), sweep: { attachments: () => [] } } as unknown as Agent
  const config: Config = { ...DEFAULTS, endpoint: `http://127.0.0.1:${port}`, timeout: 2000, ...options }
  return { sink: openPush({ config, origins: {} }, agent, log), counts, lines }
}

/** How a value stands in the request: sfixed64. */
function bytesOf(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes
}

describe('a push', () => {
  it('says once that the collector takes nothing, counts each time, and says when it does', async () => {
    const port = await freePort()
    const { sink, counts, lines } = pushTo(port)
    for (const _ of [1, 2, 3]) await sink.take([points(DROPS, 7)])
    expect(lines).toEqual([expect.stringMatching(/takes no metrics: .*ECONNREFUSED.*; sampling goes on/)])
    await startGrpcCollector({ port })
    for (const _ of [1, 2]) await sink.take([points(DROPS, 7)])
    expect(lines.slice(1)).toEqual([
      `http://127.0.0.1:${port}: takes our metrics`,
      `http://127.0.0.1:${port}: fine again`,
    ])
    expect([counts.exportFailures, counts.exports]).toEqual([3, 2])
    await sink.close()
  })

  it('sends deltas that were not taken again, before the next ones', async () => {
    const port = await freePort()
    const { sink } = pushTo(port, { temporality: 'delta', compression: 'none' })
    await sink.take([points(DROPS, 111_111)])
    const collector = await startGrpcCollector({ port })
    await sink.take([points(DROPS, 222_222)])
    await sink.take([points(DROPS, 333_333)])
    const found = collector.received.map(({ body }) =>
      [111_111, 222_222, 333_333].filter((value) => body.includes(bytesOf(value))),
    )
    expect(found).toEqual([[111_111, 222_222], [333_333]])
    await sink.close()
  })

  it('does not send totals again: the next ones hold them', async () => {
    const port = await freePort()
    const { sink } = pushTo(port, { compression: 'none' })
    await sink.take([points(DROPS, 111_111)])
    const collector = await startGrpcCollector({ port })
    await sink.take([points(DROPS, 222_222)])
    expect(collector.received.map(({ body }) => body.includes(bytesOf(111_111)))).toEqual([false])
    await sink.close()
  })

  it('counts what the collector refused of a push that it took, says it once and does not send it again', async () => {
    // ExportMetricsServiceResponse { partial_success { rejected_data_points: 3, error_message: "bad" } }
    const { port, received } = await startHttpCollector({ message: '\n\u0007\u0008\u0003\u0012\u0003bad' })
    const { sink, counts, lines } = pushTo(port, { protocol: 'http/protobuf', compression: 'none' })
    for (const value of [111_111, 222_222]) await sink.take([points(DROPS, value)])
    expect([counts.exports, counts.exportFailures, counts.rejectedPoints]).toEqual([2, 0, 6])
    expect(lines.filter((line) => line.includes('refused'))).toEqual([
      `http://127.0.0.1:${port}/v1/metrics refusals: 3 points were refused, and are not sent again: bad`,
    ])
    expect(received.map(({ body }) => body.includes(bytesOf(111_111)))).toEqual([true, false])
    await sink.close()
  })
})
