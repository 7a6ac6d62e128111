import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it, vi } from 'vitest'

import { freePort } from '../../../../test/free-port.ts'
import type { Agent } from '../../src/agent.ts'
import { DEFAULTS } from '../../src/config/load.ts'
import type { Config } from '../../src/config/options.ts'
import { createCounts } from '../../../metrics/src/sampling/counts.ts'
import type { Log } from '@ena-otel/metrics/src/log.ts'
import { type MetricPoints } from '../../../metrics/src/points/points.ts'
import { METRICS } from '../../../metrics/src/table.ts'
import { openPush, type PushWorld } from '../../src/export/push.ts'
import { type Collector, startGrpcCollector, startHttpCollector } from '../otlp/collector.ts'
import { metricsIn, valuesOf } from '../otlp/decode.ts'
import { NOON, points } from '../otlp/metrics.ts'

const DROPS = 'ena.allowance.exceeded'

/** A sink whose pauses end at once, and what it logged. */
async function pushTo(port: number, options: Partial<Config> = {}) {
  const lines: string[] = []
  const line = (_: object, message: string): void => void lines.push(message)
  const log: Log = { debug: line, info: line, warn: line, error: line }
  const counts = createCounts()
  const agent = { counts, attributes: () => ({}), sweep: { attachments: () => [] } } as unknown as Agent
  const config: Config = { ...DEFAULTS, endpoint: `http://127.0.0.1:${port}`, timeout: 2000, ...options }
  const clock = { time: NOON, steadyMs: 0, now: () => clock.time, steady: () => clock.steadyMs }
  const world: PushWorld = {
    clock,
    pause: (ms, signal) => wait(Math.min(ms, 10), undefined, { signal }).catch(() => undefined),
    random: () => 0,
  }
  return { sink: await openPush({ config, origins: {} }, agent, log, world), counts, lines, clock }
}

/** The values of the allowance's counter in each request. */
const drops = ({ received }: Collector): readonly (readonly number[])[] =>
  received.map(({ body }) => valuesOf(body, DROPS)).filter((values) => values.length > 0)

/** Of 14 bits. */
const varint = (value: number): readonly number[] => [(value & 0x7f) | 0x80, value >> 7]

describe('a push', () => {
  it('says once that the collector takes nothing, counts each attempt, and says when it does', async () => {
    const port = await freePort()
    const { sink, counts, lines } = await pushTo(port)
    await sink.take([points(DROPS, 7)])
    await vi.waitFor(() => expect(counts.exportFailures).toBeGreaterThan(2))
    expect(lines).toEqual([
      expect.stringMatching(/takes no metrics: .*ECONNREFUSED.*; sampling goes on, what is measured is kept$/),
    ])
    await startGrpcCollector({ port })
    await vi.waitFor(() => expect(counts.exports).toBeGreaterThan(0))
    expect(lines.slice(1)).toEqual([
      `http://127.0.0.1:${port}: takes our metrics`,
      `http://127.0.0.1:${port}: fine again`,
    ])
    expect(counts.exportRetries).toBe(counts.exportFailures)
    await sink.close()
  })

  it.each(['cumulative', 'delta'] as const)(
    'sends what was not taken again, before what came later (%s)',
    async (temporality) => {
      const port = await freePort()
      const { sink, counts } = await pushTo(port, { temporality })
      await sink.take([points(DROPS, 1, 2)])
      await vi.waitFor(() => expect(counts.exportFailures).toBeGreaterThan(0))
      await sink.take([points(DROPS, 3)])
      const collector = await startGrpcCollector({ port })
      await vi.waitFor(() => expect(drops(collector).flat()).toEqual([1, 2, 3]))
      await sink.take([points(DROPS, 4)])
      await vi.waitFor(() => expect(drops(collector).flat()).toEqual([1, 2, 3, 4]))
      await sink.close()
    },
  )

  it('tells of itself at times that never go back, where the wall clock is set back', async () => {
    const collector = await startGrpcCollector()
    const { sink, clock } = await pushTo(collector.port)
    for (const wallMs of [15_000, -30_000, 15_000, 15_000, 15_000]) {
      clock.time += wallMs
      clock.steadyMs += 15_000
      await sink.take([])
    }
    await sink.close()
    const times = collector.received
      .flatMap(({ body }) => metricsIn(body))
      .filter(({ name }) => name === 'ena_otel.sweeps')
      .flatMap(({ sum }) => sum!.dataPoints.map(({ timeUnixNano }) => Number(BigInt(timeUnixNano) / 1_000_000n) - NOON))
    expect(times).toEqual([15_000, 15_150, 15_300, 15_450, 30_000])
  })

  it('sends what waits before it ends', async () => {
    const collector = await startGrpcCollector()
    const { sink } = await pushTo(collector.port)
    await sink.take([points(DROPS, 1)])
    await sink.take([points(DROPS, 2)])
    await sink.close()
    expect(drops(collector).flat()).toEqual([1, 2])
  })

  it.each([
    ['cumulative', 'their detail is lost, totals go on'],
    ['delta', 'what they count is lost'],
  ] as const)(
    'says at its end how much it leaves behind where the collector is away (%s)',
    async (temporality, loss) => {
      const port = await freePort()
      const { sink, counts, lines } = await pushTo(port, { temporality })
      await sink.take([points(DROPS, 1, 2)])
      await vi.waitFor(() => expect(counts.exportFailures).toBeGreaterThan(0))
      await sink.close()
      expect(lines.at(-1)).toMatch(new RegExp(`: the agent ends with \\d\\d points that were not taken: ${loss}$`))
    },
  )

  it('tells how far apart samples were at most since the export before, though they no longer are', async () => {
    const collector = await startGrpcCollector()
    const { sink, counts } = await pushTo(collector.port)
    counts.sampleIntervalMs = 1_000
    counts.longestIntervalMs = 4_000
    await sink.take([points(DROPS, 1)])
    await sink.take([points(DROPS, 2)])
    await sink.close()
    expect(collector.received.flatMap(({ body }) => valuesOf(body, 'ena_otel.sample.interval'))).toEqual([4, 1])
  })

  it('has nothing to say at its end when the collector has taken everything', async () => {
    const collector = await startGrpcCollector()
    const { sink, lines } = await pushTo(collector.port)
    await sink.take([points(DROPS, 1)])
    await sink.close()
    expect(lines).toEqual([expect.stringMatching(/: takes our metrics$/)])
  })

  it('counts what the collector refused of a push that it took, says it once and does not send it again', async () => {
    // ExportMetricsServiceResponse { partial_success { rejected_data_points: 3, error_message: "bad" } }
    const collector = await startHttpCollector({ message: '\n\u0007\u0008\u0003\u0012\u0003bad' })
    const { sink, counts, lines } = await pushTo(collector.port, { protocol: 'http/protobuf' })
    for (const value of [1, 2]) {
      await sink.take([points(DROPS, value)])
      await vi.waitFor(() => expect(drops(collector)).toHaveLength(value))
    }
    await sink.close()
    expect([counts.exportFailures, counts.rejectedPoints]).toEqual([0, 3 * counts.exports])
    expect(lines.filter((line) => line.includes('refused'))).toEqual([
      `http://127.0.0.1:${collector.port}/v1/metrics refusals: 3 points were refused, and are not sent again: bad`,
    ])
    expect(drops(collector)).toEqual([[1], [2]])
  })

  it.each([undefined, 16])('says what the collector says in a line that a log can hold (status %s)', async (answer) => {
    const message = `x${'y'.repeat(9_000)}\nz`
    const partial = Buffer.concat([Buffer.from([0x12, ...varint(message.length)]), Buffer.from(message)])
    const response = Buffer.concat([Buffer.from([0x0a, ...varint(partial.length)]), partial])
    const collector = await startGrpcCollector({
      response,
      message: message.slice(0, 5_000),
      ...(answer && { answer }),
    })
    const { sink, lines } = await pushTo(collector.port)
    await sink.take([points(DROPS, 1)])
    await sink.close()
    const told = lines.filter((line) => line.includes('xyyy'))
    expect(told).toHaveLength(1)
    expect(told[0]!.length).toBeLessThan(1_200)
    expect(told[0]).not.toContain('\n')
  })

  it('does not send again what is refused for good, counts its points and says that they are lost', async () => {
    const collector = await startGrpcCollector({ answer: 16, message: 'who are you' })
    const { sink, counts, lines } = await pushTo(collector.port)
    for (const value of [1, 2]) {
      await sink.take([points(DROPS, value)])
      await vi.waitFor(() => expect(drops(collector)).toHaveLength(value))
    }
    await sink.close()
    expect(drops(collector)).toEqual([[1], [2]])
    expect(counts.rejectedPoints).toBeGreaterThan(2)
    expect(lines).toEqual([
      `http://127.0.0.1:${collector.port}: takes no metrics: who are you (status 16); sampling goes on, these points are lost`,
    ])
  })

  it('drops what is too old, says so once, and tells how many points that were', async () => {
    const port = await freePort()
    const { sink, clock, counts, lines } = await pushTo(port, { queueAge: 60_000 })
    await sink.take([points(DROPS, 1)])
    for (const minutes of [2, 4]) {
      clock.time = NOON + minutes * 60_000
      await sink.take([points(DROPS, minutes)])
    }
    expect(counts.droppedPoints.age).toBeGreaterThan(0)
    expect(lines.filter((line) => line.includes('dropped'))).toEqual([
      'outbox: the oldest points are dropped: no room for more than 1m (--queue-age) and 8MiB (--queue-size)',
    ])
    const collector = await startGrpcCollector({ port })
    await sink.take([])
    await vi.waitFor(() => expect(collector.received.length).toBeGreaterThan(0))
    const told = (): number =>
      Math.max(...collector.received.flatMap(({ body }) => valuesOf(body, 'ena_otel.points.dropped')))
    await vi.waitFor(() => expect(told()).toBe(counts.droppedPoints.age))
    await sink.close()
  })

  it('sends no more series than it may, and names what it leaves out once', async () => {
    const collector = await startGrpcCollector()
    const { sink, lines } = await pushTo(collector.port, { mostSeries: 100 })
    const statistics: MetricPoints = {
      metric: METRICS.find(({ name }) => name === 'ethtool.statistic')!,
      points: Array.from({ length: 4_000 }, (_, i) => ({
        attributes: { 'ethtool.statistic.name': `queue_${i}` },
        startTime: NOON,
        time: NOON,
        value: i,
      })),
    }
    for (const _ of [1, 2]) await sink.take([statistics, points(DROPS, 1)])
    await sink.close()
    const body = collector.received.at(-1)!.body
    expect(valuesOf(body, DROPS)).toEqual([1])
    const [series, cut] = ['ena_otel.series', 'ena_otel.series.cut'].map((name) => valuesOf(body, name).at(-1))
    expect(series).toBe(100)
    expect(cut).toBeGreaterThan(3_900) // some of the 100 are the agent's own
    expect(lines.filter((line) => line.startsWith('series'))).toEqual([
      'series: there are more than 100 (--most-series), left out are some of ethtool.statistic: ask for fewer with --statistics, --compat or --include',
    ])
  })
})
