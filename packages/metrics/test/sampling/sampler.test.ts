import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { recordingLog } from '../../../../test/harness/recording-log.ts'
import type { Coverage } from '../../src/readers/block.ts'
import { createSampler, type Sampler } from '../../src/sampling/sampler.ts'
import type { SweepResult } from '../../src/sampling/sweep.ts'

let ms: number
/** How long the next reads take. */
let readMs: number
let hasRisen: boolean
let reads: Coverage[]
let looks: number
let lines: string[]
let risen: number

const clock = { now: () => ms, steady: () => ms }

function sampler(sampleInterval = 1000): Sampler {
  const log = recordingLog()
  ;({ lines } = log)
  const sweep = {
    run: (coverage: Coverage): SweepResult => {
      reads.push(coverage)
      ms += readMs
      return { hasRisen, durationMs: readMs }
    },
    look: () => void looks++,
  }
  const onSample = (rose: boolean): void => void (rose && risen++)
  return createSampler({ sweep, sampleInterval, clock, log, onSample })
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  ms = 1_000_000
  readMs = 0
  hasRisen = false
  reads = []
  looks = 0
  risen = 0
})
afterEach(() => void vi.useRealTimers())

/** Lets time pass, the clock and the timers alike. */
function pass(duration: number): void {
  for (let passed = 0; passed < duration; passed += 100) {
    ms += 100
    vi.advanceTimersByTime(100)
  }
}

test('samples everything at once, then every interval what is worth a look', () => {
  sampler()
  expect(reads).toEqual(['all'])
  pass(3000)
  expect(reads).toEqual(['all', 'sampled', 'sampled', 'sampled'])
})

test('without a timer, samples only when it is asked to', () => {
  const manual = sampler(Infinity)
  pass(10_000)
  expect(reads).toEqual(['all'])
  manual.sampleBeforeCollection()
  expect(reads).toEqual(['all', 'all'])
})

test('says when a quiet counter rose', () => {
  sampler()
  hasRisen = true
  pass(1000)
  hasRisen = false
  pass(2000)
  expect(risen).toBe(1)
})

test('slow reads stretch the interval, which is logged once, and new interfaces are still found every second', () => {
  const slow = sampler()
  readMs = 25
  pass(20_000)
  expect(slow.intervalMs()).toBe(4000)
  expect(looks).toBeGreaterThan(10)
  readMs = 0
  pass(20_000)
  expect(slow.intervalMs()).toBe(1000)
  expect(slow.longestIntervalMs()).toBe(4000)
  expect(lines).toHaveLength(2)
  expect(lines[0]).toBe(
    'sampling: reading takes more than 1 % of the time: samples are further apart than 1 s until it is faster',
  )
})

test('while the interval is stretched, the next sample reads for the collection, and a forced one reads now', () => {
  const slow = sampler()
  readMs = 25
  pass(20_000)
  reads = []
  slow.sampleBeforeCollection()
  expect(reads).toEqual([])
  pass(8000)
  expect(reads.slice(0, 2)).toEqual(['all', 'sampled'])
  slow.sample()
  expect(reads.at(-1)).toBe('all')
})

test('the longest interval is that of the last two collections', () => {
  const slow = sampler()
  readMs = 25
  pass(20_000)
  readMs = 0
  pass(20_000)
  slow.sampleBeforeCollection()
  expect(slow.longestIntervalMs()).toBe(4000)
  slow.sampleBeforeCollection()
  expect(slow.longestIntervalMs()).toBe(1000)
})

test('a fault of ours in one sample is logged, and the next sample is taken', () => {
  sampler()
  vi.spyOn(reads, 'push').mockImplementationOnce(() => {
    throw new Error('ours')
  })
  pass(1000)
  expect(lines).toEqual(['sample: ours'])
  pass(1000)
  expect(reads).toEqual(['all', 'sampled'])
})

test('takes no sample after it is closed', () => {
  sampler().close()
  pass(3000)
  expect(reads).toEqual(['all'])
})
