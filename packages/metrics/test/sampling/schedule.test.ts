import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { systemClock } from '../../src/sampling/clock.ts'
import { every, phaseOf } from '../../src/sampling/schedule.ts'

const START = 1_763_725_000_000

beforeEach(() => void vi.useFakeTimers({ now: START }))
afterEach(() => void vi.useRealTimers())

/** The times of the runs, in milliseconds since the start. */
function record(intervalMs: number, phaseMs = 0): { runs: number[]; stop: () => void } {
  const runs: number[] = []
  const { stop } = every(intervalMs, phaseMs, systemClock, () => void runs.push(Date.now() - START))
  return { runs, stop }
}

test('runs come in step with the wall clock, whenever it was started', () => {
  vi.setSystemTime(START + 300)
  const { runs } = record(1000)
  vi.advanceTimersByTime(3500)
  expect(runs).toEqual([1000, 2000, 3000])
})

test('an interval that becomes longer and shorter again stays in step with the wall clock', () => {
  vi.setSystemTime(START + 300)
  const runs: number[] = []
  let interval = 1000
  const { stop } = every(
    () => interval,
    0,
    systemClock,
    () => {
      runs.push(Date.now() - START)
      interval = runs.length < 3 ? 4000 : 1000
    },
  )
  vi.advanceTimersByTime(11_000)
  stop()
  expect(runs).toEqual([1000, 4000, 8000, 9000, 10_000, 11_000])
})

test('a phase moves them all', () => {
  const { runs } = record(15_000, 4000)
  vi.advanceTimersByTime(50_000)
  expect(runs.map((ms) => (START + ms) % 15_000)).toEqual([4000, 4000, 4000])
})

test('a stopped schedule has no more runs, also when stopped by its own task', () => {
  const { runs, stop } = record(1000)
  vi.advanceTimersByTime(2000)
  stop()
  const own: number[] = []
  const schedule = every(1000, 0, systemClock, () => {
    own.push(Date.now() - START)
    schedule.stop()
  })
  vi.advanceTimersByTime(5000)
  expect([runs, own, vi.getTimerCount()]).toEqual([[1000, 2000], [3000], 0])
})

test('a gap of 30 seconds, as a suspended machine has, is one turn and not thirty', () => {
  const { runs } = record(1000)
  vi.advanceTimersByTime(1000)
  vi.setSystemTime(START + 31_200) // the timer is still to come, the clock has moved
  vi.advanceTimersByTime(1000)
  vi.advanceTimersByTime(2000)
  expect(runs).toEqual([1000, 32_200, 33_000, 34_000])
})

test('a clock that is set back delays no turn by more than an interval', () => {
  const { runs } = record(1000)
  vi.advanceTimersByTime(1000)
  vi.setSystemTime(START - 3_600_000)
  vi.advanceTimersByTime(2000)
  expect(runs).toEqual([1000, -3_600_000 + 1000, -3_600_000 + 2000])
})

test('a task that is still running when its turn comes loses that turn', async () => {
  const begun: number[] = []
  let finish: (() => void) | undefined
  every(1000, 0, systemClock, () => {
    begun.push(Date.now() - START)
    const { promise, resolve } = Promise.withResolvers<void>()
    finish = resolve
    return promise
  })
  await vi.advanceTimersByTimeAsync(3300)
  finish?.()
  await vi.advanceTimersByTimeAsync(1000)
  expect(begun).toEqual([1000, 4000])
})

test('timers that come early, by up to a twelfth, make no second turn out of one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 60_000 }),
      fc.double({ min: 0, max: 0.08, noNaN: true }),
      (interval, share) => {
        const begin = Date.now()
        // On this clock every timer comes early: of the time that it was set for, a share is missing.
        const now = (): number => Math.round(START + (Date.now() - begin) * (1 - share))
        const runs: number[] = []
        const clock = { now, steady: now }
        const { stop } = every(interval, 0, clock, () => void runs.push(Math.round(now() / interval)))
        for (let i = 0; i < 20; i++) vi.advanceTimersToNextTimer()
        stop()
        expect(runs).toEqual(runs.map((_, i) => runs[0]! + i))
      },
    ),
  )
})

test('a name has one phase, within the interval', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 3_600_000 }), (name, interval) => {
      const phase = phaseOf(name, interval)
      expect(phase).toBe(phaseOf(name, interval))
      expect(Number.isInteger(phase) && phase >= 0 && phase < interval).toBe(true)
    }),
  )
})

const BINS = 15
/** The value that a sum over 14 degrees of freedom stays under in 99.99 % of all cases. */
const CHI_SQUARE = 42.6

test.each<[nodes: string, name: (i: number) => string]>([
  ['EC2 host names in a row', (i) => `ip-10-0-${Math.floor(i / 256)}-${i % 256}.eu-central-1.compute.internal`],
  ['EC2 host names across a network', (i) => `ip-10-${i % 7}-${(i * 37) % 256}-${(i * 101) % 256}.ec2.internal`],
  ['instance ids', (i) => `i-0${(i * 2_654_435_761).toString(16).padStart(16, '0').slice(-16)}`],
  ['numbered nodes', (i) => `node-${i}`],
])('a thousand %s push at evenly spread times', (_nodes, name) => {
  const counts = Array.from({ length: BINS }, () => 0)
  for (let i = 0; i < 1000; i++) counts[Math.floor(phaseOf(name(i), 15_000) / 1000)]!++
  const expected = 1000 / BINS
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  expect(chiSquare, counts.join(' ')).toBeLessThan(CHI_SQUARE)
})
