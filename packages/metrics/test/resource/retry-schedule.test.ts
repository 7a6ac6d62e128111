import { expect, test } from 'vitest'
import { createRetrySchedule } from '../../src/resource/retry-schedule.ts'
import { manualClock } from './manual-clock.ts'

test('retries are due after growing intervals and then never, and a success starts anew', () => {
  const clock = manualClock()
  const schedule = createRetrySchedule([10, 100], clock.now)
  const after = (ms: number): boolean => {
    clock.advance(ms)
    return schedule.due()
  }
  expect([schedule.due(), schedule.failing()]).toEqual([true, false])
  expect([schedule.failed(), after(9), after(1), schedule.failing()]).toEqual([10, false, true, true])
  schedule.succeeded()
  expect([schedule.due(), schedule.failing()]).toEqual([true, false])
  expect([schedule.failed(), after(10)]).toEqual([10, true])
  expect([schedule.failed(), after(99), after(1)]).toEqual([100, false, true])
  expect([schedule.failed(), after(1e12)]).toEqual([undefined, false])
})

test('a schedule that was given up is never due', () => {
  const schedule = createRetrySchedule([10], () => 0)
  expect([schedule.giveUp(), schedule.due()]).toEqual([undefined, false])
})
