import { beforeEach, expect, test } from 'vitest'

import type { Collector } from '../../../metrics/src/points/collect.ts'
import { healthChecks } from '../../src/commands/run.ts'
import { createCounts } from '../../../metrics/src/sampling/counts.ts'
import type { MetricPoints } from '../../../metrics/src/points/points.ts'
import type { Extent } from '../../../metrics/src/readers/block.ts'
import { createTurns, type Turns } from '../../src/export/turns.ts'

let ms: number
let hasNews: boolean
let sweepMs: number
let reads: Extent[]
let lines: string[]
/** What was collected and what the sink has been given, in order. */
let done: string[]
let answer: () => Promise<void>

const clock = { now: () => ms, steady: () => ms }
const counts = createCounts()

function turns(config = { sampleInterval: 1000, exportInterval: 15_000 }): Turns {
  const line = (_: object, message: string): void => void lines.push(message)
  const collector: Collector = {
    collect: (extract = 'all') => {
      done.push(`collect ${extract}`)
      return [{ metric: { name: extract }, points: [] }] as unknown as readonly MetricPoints[]
    },
  }
  return createTurns({
    agent: {
      counts,
      whyNothingIsRead: () => undefined,
      identify: () => Promise.resolve(),
      sample: (extent) => {
        reads.push(extent)
        counts.sweepMs += sweepMs
        return hasNews
      },
    },
    sink: {
      take: (metrics, isEarly) => {
        done.push(`take ${metrics[0]!.metric.name}`)
        expect(isEarly).toBe(done.at(-1) === 'take changed')
        return answer()
      },
    },
    collector,
    config,
    clock,
    log: { debug: line, info: line, warn: line, error: line },
  })
}

beforeEach(() => {
  ms = 1_000_000
  hasNews = false
  sweepMs = 0.3
  reads = []
  lines = []
  done = []
  answer = () => Promise.resolve()
  Object.assign(counts, createCounts())
})

/** So many samples, each so long after the one before. */
function sample({ sample: one }: Turns, times: number, apartMs = 1000): void {
  for (let i = 0; i < times; i++) {
    ms += apartMs
    one()
  }
}

test('what rises after quiet is exported at once, and nothing before the interfaces have their names', () => {
  const running = turns()
  hasNews = true
  sample(running, 1)
  expect(done).toEqual([])
  running.beginTelling()
  sample(running, 1)
  expect(done[0]).toBe('collect changed')
  hasNews = false
  sample(running, 3)
  expect(done.filter((one) => one.startsWith('collect'))).toHaveLength(1)
})

test('there is one early export a second at most, and the one that had to wait comes then', () => {
  const running = turns({ sampleInterval: 100, exportInterval: 15_000 })
  running.beginTelling()
  const collected: number[] = []
  for (let i = 0; i < 31; i++) {
    const before = done.length
    hasNews = i === 0 || i === 3 || i === 12
    sample(running, 1, 100)
    if (done.slice(before).includes('collect changed')) collected.push(i)
  }
  expect(collected).toEqual([0, 10, 20])
})

test('an export that is under way holds up no sample, and what is exported meanwhile follows it in order', async () => {
  const running = turns()
  running.beginTelling()
  const { promise, resolve } = Promise.withResolvers<void>()
  answer = () => promise
  const delivered = running.deliver()
  hasNews = true
  sample(running, 2)
  await Promise.resolve()
  expect(done).toEqual(['collect all', 'collect changed', 'collect changed', 'take all'])
  resolve()
  await delivered
  await running.deliver()
  expect(done.filter((one) => one.startsWith('take'))).toEqual(['take all', 'take changed', 'take changed', 'take all'])
})

test('slow reads stretch the interval, which is said once, and once when it is over', () => {
  const running = turns()
  sweepMs = 25
  sample(running, 20)
  expect(counts.sampleIntervalMs).toBe(4000)
  sweepMs = 0.3
  sample(running, 5, 4000)
  expect(counts.sampleIntervalMs).toBe(1000)
  expect(counts.longestIntervalMs).toBe(4000)
  expect(lines).toEqual([
    'sampling: reading takes more than 1 % of the time, so samples are further apart than 1s until it is faster again',
    'sampling: fine again',
  ])
})

test('while samples are stretched an export reads nothing by itself, but the last one does', async () => {
  const running = turns()
  sample(running, 1)
  await running.deliver()
  expect(reads).toEqual(['all', 'sampled', 'all'])
  sweepMs = 25
  sample(running, 5)
  reads = []
  await running.deliver()
  sample(running, 2, 4000)
  expect(reads).toEqual(['all', 'sampled'])
  await running.deliverLast()
  expect(reads.at(-1)).toBe('all')
})

test('an error in a turn is logged, and the next turn comes all the same', async () => {
  const running = turns()
  answer = () => Promise.reject(new Error('ours'))
  await running.deliver()
  answer = () => Promise.resolve()
  await running.deliver()
  expect([lines, done.at(-1)]).toEqual([['export: ours'], 'take all'])
})

test('an agent whose samples are a minute apart is alive', () => {
  const running = turns()
  sweepMs = 700
  sample(running, 5)
  counts.sweeps = 6
  counts.lastSweepTime = ms
  const { livez } = healthChecks({ counts, whyNothingIsRead: () => undefined }, clock)
  ms += 100_000
  expect(livez()).toBeUndefined()
  ms += 81_000
  expect(livez()).toBe('the last sweep was 181 s ago')
})
