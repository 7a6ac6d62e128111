// The chart's collector, as it is and with its write-ahead log: restarted, killed, and before a workspace that answers 429. What the
// agents' outboxes and the log can keep is in the store afterwards.
import { setTimeout as wait } from 'node:timers/promises'

import { beforeAll, describe, it } from 'vitest'

import { type OutageNode, outageNode, told } from './node.ts'
import { type Pipeline, pipeline, pipelineTools } from '../setup/pipeline.ts'

beforeAll(pipelineTools)

interface Trouble {
  readonly title: string
  /** The chart's `collector` values. */
  readonly values: object
  /** With a burst every two seconds meanwhile. */
  readonly run: (store: Pipeline, bursts: Bursts) => Promise<void>
  /** How many bursts may be missing at their own time, because the collector had acknowledged them and was killed. */
  readonly mayLose: number
}

/** For so many seconds a burst every two. */
type Bursts = (seconds: number) => Promise<void>

const AS_IS = { values: {}, mayLose: 0 } as const
const BUFFERED = { values: { buffer: true }, mayLose: 0 } as const
const WITH_LOG = { values: { wal: { enabled: true } }, mayLose: 0 } as const

const restart: Trouble['run'] = async ({ collector }, bursts) => {
  await bursts(4)
  await collector.stop()
  await bursts(8)
  await collector.start()
  await bursts(4)
}

const kill: Trouble['run'] = async ({ collector }, bursts) => {
  await bursts(4)
  await collector.kill()
  await bursts(8)
  await collector.start()
  await bursts(4)
}

const killWhileTheWorkspaceIsAway: Trouble['run'] = async ({ collector, amp }, bursts) => {
  amp.fail(503)
  await bursts(10)
  await collector.kill()
  await amp.recover()
  await collector.start()
  await bursts(4)
}

const storm =
  (seconds: number): Trouble['run'] =>
  async ({ amp }, bursts) => {
    await bursts(4)
    amp.fail(429)
    await bursts(seconds)
    await amp.recover()
    await bursts(4)
  }

const TROUBLES: readonly Trouble[] = [
  { ...AS_IS, title: 'is restarted: nothing is lost', run: restart },
  { ...AS_IS, title: 'is killed: nothing is lost', run: kill },
  { ...AS_IS, title: 'is killed while the workspace is away: nothing is lost', run: killWhileTheWorkspaceIsAway },
  { ...AS_IS, title: 'gets 429 for 20 s: nothing is lost', run: storm(20) },
  { ...AS_IS, title: 'gets 429 for 80 s: nothing is lost', run: storm(80) },
  { ...WITH_LOG, title: 'has its log and is restarted: nothing is lost', run: restart },
  {
    ...WITH_LOG,
    title: 'has its log and is killed while the workspace is away: nothing is lost',
    run: killWhileTheWorkspaceIsAway,
  },
  { ...WITH_LOG, title: 'has its log and gets 429 for 20 s: nothing is lost', run: storm(20) },
  {
    ...BUFFERED,
    title: 'has a buffer and is killed while the workspace is away: totals are exact, acknowledged detail is lost',
    run: killWhileTheWorkspaceIsAway,
    mayLose: Infinity,
  },
  { ...BUFFERED, title: 'has a buffer and gets 429 for 20 s: nothing is lost', run: storm(20) },
]

describe.concurrent("the chart's collector", () => {
  it.for(TROUBLES)('$title', { timeout: 300_000 }, async ({ title, values, run, mayLose }, { expect }) => {
    await using store = await pipeline({ collectorValues: values })
    await using node = await outageNode('ip-10-0-9-4', store)
    await node.run(store.grpcEndpoint, ['--export-interval', '1s']) // so that a request is always in flight
    await node.burst(1)
    await node.caughtUp()
    await node.begin()
    await run(store, (seconds) => burstsFor(node, seconds))
    await node.caughtUp(120_000)

    const rises = await node.rises()
    const bursts = await node.bursts()
    const refused = store.amp.answers().filter(({ status }) => status !== 200 && status !== 429 && status !== 503)
    const failed = store.amp.answers().filter(({ status }) => status !== 200).length
    console.log(
      `${title}: rises ${told(rises)}; ${bursts.inTime} of ${bursts.of} bursts at their own times${bursts.wrong.map((one) => `\n  ${one}`).join('')}; ` +
        `${failed} of ${store.amp.answers().length} remote writes were not taken`,
    )
    expect(refused).toEqual([])
    expect(rises.stored).toEqual(rises.kernel)
    expect(bursts.wrong.length).toBeLessThanOrEqual(mayLose)
  })
})

async function burstsFor(node: OutageNode, seconds: number): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end;) {
    await node.burst(1 + (Math.floor(Date.now() / 1000) % 7))
    await node.send('out', 10)
    await wait(2_000)
  }
}
