import { expect, it } from 'vitest'

import { addChange, type ChangeLog } from '../../src/sampling/change-log.ts'

it('keeps the later one of two points in one millisecond', () => {
  const log: ChangeLog = []
  for (const [time, value] of [
    [1, 5],
    [2, 6],
    [2, 7],
  ] as const)
    addChange(log, { startTime: 0, time, value })
  expect(log).toEqual([
    { startTime: 0, time: 1, value: 5 },
    { startTime: 0, time: 2, value: 7 },
  ])
})

it('is bounded, and drops the oldest points', () => {
  const log: ChangeLog = []
  for (let time = 1; time <= 5000; time++) addChange(log, { startTime: 0, time, value: time })
  expect([log.length, log[0]?.time, log.at(-1)?.time]).toEqual([4096, 905, 5000])
})
