// The sink that pushes to a collector: what is measured goes into the outbox, the sender takes it from there. The agent goes on
// sampling whatever happens here.
import { setTimeout as wait } from 'node:timers/promises'

import type { Agent } from '../agent.ts'
import { type Clock, neverBack, systemClock } from '@ena-otel/metrics/src/sampling/clock.ts'
import { formatDuration } from '../config/duration.ts'
import type { LoadedConfig } from '../config/load.ts'
import { formatSize } from '../config/size.ts'
import type { Log } from '@ena-otel/metrics/src/log.ts'
import type { Reply } from '../otlp/reply.ts'
import { encodeRequest } from '../otlp/request.ts'
import { openTransport } from '../otlp/transport.ts'
import type { Random } from './backoff.ts'
import { createOutbox } from './outbox.ts'
import { createSender } from './sender.ts'
import { createStreams } from './streams.ts'
import { createOwnMetrics, OWN_METRICS, type OwnSource } from './own-metrics.ts'
import { createProblems } from '@ena-otel/metrics/src/sampling/problems.ts'
import type { Sink } from './sink.ts'
import { VERSION } from '../version.ts'

/** What a test moves by itself. */
export interface PushWorld {
  readonly clock: Clock
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>
  readonly random: Random
}

const SYSTEM: PushWorld = {
  clock: systemClock,
  pause: (ms, signal) => wait(ms, undefined, { signal }).catch(ignoreAbort),
  random: Math.random,
}

/** @throws Error with one line when there is no endpoint, or a certificate can't be read */
export async function openPush(
  { config, origins }: LoadedConfig,
  agent: Pick<Agent, 'counts' | 'attributes' | 'sweep'>,
  log: Log,
  { clock: wallClock, pause, random }: PushWorld = SYSTEM,
): Promise<Sink> {
  const clock = neverBack(wallClock)
  const { counts } = agent
  const transport = await openTransport(config, origins.endpoint === 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT')
  const problems = createProblems(log)
  const isDelta = config.temporality === 'delta'
  const streams = createStreams(config.mostSeries, config.exportInterval)
  const outbox = createOutbox(config, streams, counts, clock)
  const own = createOwnMetrics(clock.now(), isDelta)

  const onReply = (reply: Reply, points: number, isRetry: boolean): void => {
    if (isRetry) counts.exportRetries++
    if (reply.outcome === 'taken') {
      if (counts.exports === 0) log.info({ target: transport.target }, `${transport.target}: takes our metrics`)
      counts.exports++
      counts.rejectedPoints += reply.rejected
      // OTLP specification, "Partial Success": not to be sent again.
      problems.report(`${transport.target} refusals`, partialRefusal(reply))
      return problems.report(transport.target, undefined)
    }
    counts.exportFailures++
    if (reply.outcome === 'refused') counts.rejectedPoints += points
    const then = reply.outcome === 'refused' ? 'these points are lost' : 'what is measured is kept'
    problems.report(transport.target, `takes no metrics: ${reply.reason}; sampling goes on, ${then}`)
  }
  const sender = createSender({
    outbox,
    send: (batches) =>
      transport.send(encodeRequest(agent.attributes(), VERSION, batches, isDelta ? 'delta' : 'cumulative')),
    onReply,
    pause,
    random,
  })

  const source = (): OwnSource => ({
    counts,
    interfaces: agent.sweep.attachments().length,
    queue: outbox.waiting(),
    queueSize: config.queueSize,
    series: streams.count(),
    seriesCut: streams.cut().count,
  })
  // Before any other: whatever else there is, the agent tells of itself.
  for (const metric of OWN_METRICS)
    for (const [, attributes = {}] of metric.read(source()))
      streams.find('ena-otel/agent', metric, attributes, clock.now())

  /** What was left out when it began: said once, whatever else follows. */
  let named: string | undefined
  let dropped = 0
  /** Points are being dropped, until all that waited is sent: one line for an outage, not one for each drop. */
  let isLosing = false
  const reportLosses = (nothingWaited: boolean, cut: readonly string[]): void => {
    const now = droppedPoints(counts.droppedPoints)
    isLosing = now > dropped || (isLosing && !nothingWaited)
    dropped = now
    problems.report(
      'outbox',
      isLosing
        ? `the oldest points are dropped: no room for more than ${formatDuration(config.queueAge)} (--queue-age) and ${formatSize(config.queueSize)} (--queue-size)`
        : undefined,
    )
    if (cut.length === 0) named = undefined
    else named ??= nameSome(cut)
    problems.report(
      'series',
      named &&
        `there are more than ${config.mostSeries} (--most-series), left out are some of ${named}: ask for fewer with --statistics, --compat or --include`,
    )
  }

  return {
    take: (metrics, isEarly = false) => {
      if (isEarly) {
        outbox.put('ena-otel', metrics)
        return sender.wake()
      }
      const nothingWaited = outbox.waiting().points === 0
      const time = clock.now()
      // Where samples are further apart than exports, some have nothing new.
      if (metrics.length > 0) streams.tidy(time)
      outbox.put('ena-otel', metrics)
      outbox.put('ena-otel/agent', own(source(), time))
      counts.longestIntervalMs = counts.sampleIntervalMs
      reportLosses(nothingWaited, streams.cut().names)
      sender.wake()
    },
    close: async () => {
      await sender.finish()
      const { points } = outbox.waiting()
      const loss = isDelta ? 'what they count is lost' : 'their detail is lost, totals go on'
      if (points > 0)
        log.warn({ points }, `${transport.target}: the agent ends with ${points} points that were not taken: ${loss}`)
      transport.close()
    },
  }
}

function partialRefusal({ rejected, message }: Extract<Reply, { outcome: 'taken' }>): string | undefined {
  if (rejected > 0) return `${rejected} points were refused, and are not sent again: ${message}`
  return message === '' ? undefined : message
}

function nameSome(names: readonly string[]): string {
  const some = names.slice(0, MOST_NAMED).join(', ')
  return names.length > MOST_NAMED ? `${some} and ${names.length - MOST_NAMED} other metrics` : some
}

/** A line is for people. */
const MOST_NAMED = 5

function droppedPoints(of: Readonly<Record<string, number>>): number {
  return Object.values(of).reduce((sum, value) => sum + value, 0)
}

function ignoreAbort(error: Error): void {
  if (error.name !== 'AbortError') throw error
}
