import { expect, it } from 'vitest'

import { addChange, clearChanges, createChangeLog } from '../../src/sampling/change-log.ts'

it('keeps the later one of two points in one millisecond', () => {
  const log = createChangeLog()
  for (const [time, value] of [
    [1, 5],
    [2, 6],
    [2, 7],
  ] as const)
    addChange(log, time, value, 0)
  expect(log).toEqual({ times: [1, 2], values: [5, 7], startTimes: [0, 0] })
  clearChanges(log)
  expect(log).toEqual(createChangeLog())
})

it('is bounded, and the points that are left rise by as much', () => {
  const log = createChangeLog()
  let value = 0
  let startTime = 0
  let rose = 0
  for (let time = 1; time <= 20_000; time++) {
    const isReset = time % 5000 === 0
    if (isReset) startTime = time - 1
    value = isReset ? 2 : value + 3
    if (time > 1) rose += isReset ? 2 : 3
    addChange(log, time, value, startTime)
  }
  expect(log.times.length).toBeLessThanOrEqual(4097)
  let increase = 0
  for (let i = 1; i < log.values.length; i++) {
    const now = log.values[i]!
    const before = log.values[i - 1]!
    increase += now >= before ? now - before : now
  }
  expect(increase).toBe(rose)
})
